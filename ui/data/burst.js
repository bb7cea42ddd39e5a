// Takes photos with the browser's camera and hands them to the page in small batches: the next one goes out when the last one was
// taken over, so a slow network slows the hand-over, not the taking.
const SIDE = 640; // pixels of the longest side
const QUALITY = 0.85;
const BURST = 20;
const PAUSE_MS = 200; // five a second
const BATCH = 4;
const WAITING_MAX = 100; // photos in the browser's memory
const RESEND_MS = 15000;

const states = new WeakMap();

export default function (component) {
  const root = component.parentElement;
  let state = states.get(root);
  if (!state) {
    state = begin(root);
    states.set(root, state);
  }
  state.send = component.setTriggerValue;
  state.label = component.data.label;
  root.querySelector(".label").textContent = state.label;
  if (state.sent && component.data.received === state.sent.id) {
    state.kept += state.sent.photos.length;
    state.sent = null;
    clearTimeout(state.timer);
  }
  next(state);
  return () => setTimeout(() => root.isConnected === false && stop(state), 0);
}

function begin(root) {
  const find = (name) => root.querySelector(name);
  const state = { find, waiting: [], sent: null, kept: 0, stream: null, busy: false, number: 0, token: crypto.getRandomValues(new Uint32Array(2)).join("-") };
  find(".start").onclick = () => start(state);
  find(".one").onclick = () => take(state, 1);
  find(".many").onclick = () => take(state, BURST);
  find(".end").onclick = () => stop(state);
  return state;
}

async function start(state) {
  if (!window.isSecureContext || !navigator.mediaDevices) {
    say(state, "Browsers open the camera only on localhost and on https pages. Open the app in one of these ways, or upload photos instead.");
    return;
  }
  try {
    state.stream = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: SIDE }, facingMode: "environment" } });
  } catch (error) {
    say(state, refusal(error));
    return;
  }
  const video = state.find("video");
  video.srcObject = state.stream;
  await video.play();
  state.stream.getVideoTracks()[0].onended = () => stop(state);
  live(state, true);
  say(state, "");
}

function refusal(error) {
  if (error.name === "NotAllowedError") return "The browser refuses the camera. Allow it: the camera's sign beside the address, then start again.";
  if (error.name === "NotFoundError") return "There is no camera. Connect one and start again, or upload photos instead.";
  if (error.name === "NotReadableError") return "The camera is in use by another program. Close that and start again.";
  return "The camera cannot be opened (" + error.name + "). Try another browser, or upload photos instead.";
}

function stop(state) {
  if (state.stream) state.stream.getTracks().forEach((track) => track.stop());
  state.stream = null;
  state.find("video").srcObject = null;
  live(state, false);
}

function live(state, on) {
  state.find(".stage").classList.toggle("live", on);
  state.find(".start").disabled = on;
  for (const name of [".one", ".many", ".end"]) state.find(name).disabled = !on;
}

async function take(state, count) {
  if (state.busy) return;
  state.busy = true;
  const label = state.label; // of the moment when it began
  for (let each = 0; each < count && state.stream; each++) {
    if (state.waiting.length >= WAITING_MAX) {
      say(state, "The network is slower than the camera. Wait until the photos have arrived.");
      break;
    }
    const photo = shoot(state.find("video"));
    if (photo) state.waiting.push({ label, photo });
    flash(state);
    next(state);
    if (each + 1 < count) await new Promise((done) => setTimeout(done, PAUSE_MS));
  }
  state.busy = false;
  next(state);
}

function shoot(video) {
  const scale = Math.min(1, SIDE / Math.max(video.videoWidth, video.videoHeight));
  if (!Number.isFinite(scale)) return null;
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(video.videoWidth * scale);
  canvas.height = Math.round(video.videoHeight * scale);
  canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL("image/jpeg", QUALITY).split(",")[1];
}

function flash(state) {
  const stage = state.find(".stage");
  stage.classList.add("flash");
  setTimeout(() => stage.classList.remove("flash"), 60);
}

function next(state) {
  if (!state.sent && state.waiting.length && (state.waiting.length >= BATCH || !state.busy)) {
    const label = state.waiting[0].label;
    let count = 0;
    while (count < BATCH && count < state.waiting.length && state.waiting[count].label === label) count++;
    const photos = state.waiting.splice(0, count).map((each) => each.photo);
    state.sent = { id: state.token + "-" + state.number++, label, photos };
    post(state);
  }
  if (state.waiting.length || state.sent) say(state, state.waiting.length + (state.sent ? state.sent.photos.length : 0) + " photos on their way");
  else if (state.kept) say(state, state.kept + (state.kept === 1 ? " photo" : " photos") + " taken");
}

function post(state) {
  const sent = state.sent;
  state.send("photos", sent);
  state.timer = setTimeout(() => state.sent === sent && post(state), RESEND_MS);
}

function say(state, words) {
  state.find(".status").textContent = words;
}
