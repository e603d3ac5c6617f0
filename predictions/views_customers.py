"""The page of one customer."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from calls.models import Customer
from calls.visit import Visit
from predictions.customer_page import customer_page


@login_required
@require_safe
def customer(request: Visit, pk: int) -> HttpResponse:
    found = get_object_or_404(Customer.objects.visible_to(request.user), pk=pk)
    return render(request, "predictions/customer.html", customer_page(found, request.user))
