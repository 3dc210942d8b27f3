"""`python -m workers.renderer`: started by workers.renderer.Renderer, of no use by hand."""

from workers.renderer.child import main

main()
