"""The app: thin Streamlit pages over the builder. Nothing here trains, converts or parses a model; builds are other processes.

pages/      one file a page, which names its pieces
navigation  the pages in their order
choice      what a visitor has chosen; to a link and back
session     where that is kept
planned     the choice as a plan, held against its budget
photos      what is known of the photos that were chosen
finished    the finished build that is looked at
parts       pieces of several pages
charts      drawings as Streamlit takes them
curves      accuracy and loss by epoch
wording     the builder's sentences, with controls in place of command line options
lasting     modules, left out of garbage collection
kept        values of widgets, kept while pages change
launching   what is being started, kept until it is known what came of it
stopping    what is being stopped
working     work on a finished build: begun, followed, stopped
sign_in     the gate of a shared server

design/ data/ train/ result/ compress/ builds/ batch/ trying    the pieces of each page
"""
