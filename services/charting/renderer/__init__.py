"""Draws Vega-Lite charts as SVG, PNG and HTML in a child process of its own.

vl-convert holds the interpreter lock for some 100 ms a chart, and Altair takes a second to import: in the server's
process either would stall every chat. The server has a `supervisor.Renderer`; `python -m services.charting.renderer` is its child,
which imports no more than it draws with: so nothing is imported here.
"""
