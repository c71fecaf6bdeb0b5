"""The front: what stands between Granian and the WSGI application in each web process.

It reads bodies, sends kept pages and files, and watches connections in the event loop, so that whoever is slow holds no
thread. Only whole requests reach the threads in which the application runs. The application knows nothing of it but
`oer.web.handover`, and is complete without it.
"""
