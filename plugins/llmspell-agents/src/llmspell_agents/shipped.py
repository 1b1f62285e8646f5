"""What the shipped templates are called and what their agents can do, as their files say it, too."""

from __future__ import annotations

TEMPLATES = (
    (
        "chat_agent",
        "Talk with people, with a personality of its own.",
        "conversation context_management personality",
        "conversational_assistant chat chat_assistant",
    ),
    (
        "research_agent",
        "Gather information, weigh its sources and report with citations.",
        "research analysis web_search summarization",
        "research_specialist research researcher",
    ),
    (
        "code_assistant",
        "Write, review, test and explain programs.",
        "code_analysis debugging refactoring testing documentation",
        "code_specialist code_agent code",
    ),
    (
        "content_creator",
        "Write and edit texts for an audience.",
        "content_creation writing editing research",
        "content_specialist writer_agent writer content",
    ),
    (
        "data_analyst",
        "Explore data, test what it seems to say and tell what follows.",
        "data_exploration statistical_modeling visualization_design insight_extraction",
        "analysis_agent analyst data",
    ),
    (
        "customer_service",
        "Resolve the issues of customers, and know when to hand over.",
        "issue_resolution empathy escalation knowledge_base",
        "customer_service_agent support_agent support",
    ),
    (
        "api_integration",
        "Test, connect and troubleshoot web APIs.",
        "rest_apis graphql_apis webhook_handling auth_flows",
        "api_agent api_integration_agent api",
    ),
    (
        "planner",
        "Break a goal into steps that can be done and checked.",
        "planning task_decomposition estimation",
        "planner_agent planning_agent",
    ),
    (
        "orchestrator",
        "Divide work among others and put their results together.",
        "orchestration delegation synthesis planning",
        "orchestrator_agent coordinator",
    ),
    (
        "reviewer",
        "Judge work by stated criteria and say what to change.",
        "review quality_assurance fact_checking",
        "reviewer_agent critic",
    ),
    (
        "market_analyst",
        "Research markets: size, competitors, trends and risks.",
        "market_analysis",
        "market_research_agent market_researcher market_analyst_agent",
    ),
)
"""Name, summary, capabilities, other names."""
