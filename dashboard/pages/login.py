"""The page on which people log in."""

from __future__ import annotations

from django.contrib.auth.views import LoginView, LogoutView


class Login(LoginView):
    """Asks for name and password; then goes where the person came from, if that is here."""

    template_name = "ui/login.html"
    next_page = "/ui/"
    redirect_authenticated_user = True


class Logout(LogoutView):
    """Ends the session, by a POST."""

    next_page = "ui:login"
