"""The addresses of the pages. A route only translates: who asks and what for in, a page or a way on out."""

from dashboards.routes import sign_in

routers = (sign_in.router,)
