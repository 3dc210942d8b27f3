"""`python -m services.charting.renderer`: started by supervisor.Renderer, of no use by hand."""

from services.charting.renderer.child import main

main()
