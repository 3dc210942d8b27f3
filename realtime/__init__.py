"""Socket.IO under the handlers: safe packets, dispatch with acknowledgements, the connections of this process, publishing."""
