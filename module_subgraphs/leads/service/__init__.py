"""What can be done with leads, and what becomes of them."""

from module_subgraphs.leads.service.conversion import (
    ConversionUnfinishedError,
    ask_for_customer,
    begin_conversion,
    finish_conversion,
)
from module_subgraphs.leads.service.demonstration import write_demo_data
from module_subgraphs.leads.service.leads import (
    ORDER,
    LeadValues,
    Stage,
    add_lead,
    all_leads,
    change_lead,
    find_leads,
    funnel,
    move_lead,
    remove_lead,
)
from module_subgraphs.leads.service.statuses import LeadStatus, UnreachableStatusError

__all__ = [
    "ORDER",
    "ConversionUnfinishedError",
    "LeadStatus",
    "LeadValues",
    "Stage",
    "UnreachableStatusError",
    "add_lead",
    "all_leads",
    "ask_for_customer",
    "begin_conversion",
    "change_lead",
    "find_leads",
    "finish_conversion",
    "funnel",
    "move_lead",
    "remove_lead",
    "write_demo_data",
]
