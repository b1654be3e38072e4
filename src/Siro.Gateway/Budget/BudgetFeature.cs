namespace Siro.Gateway.Budget;

/// <summary>See docs/ for what this feature does.</summary>
internal static class BudgetFeature
{
    public static void AddBudget(this WebApplicationBuilder builder)
    {
    }

    public static void MapBudget(this WebApplication app)
    {
    }
}
