"""The wire: what requests and events may carry, and what answers look like. One module per domain, shared by HTTP and Socket.IO."""
