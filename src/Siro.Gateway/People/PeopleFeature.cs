namespace Siro.Gateway.People;

/// <summary>See docs/ for what this feature does.</summary>
internal static class PeopleFeature
{
    public static void AddPeople(this WebApplicationBuilder builder)
    {
    }

    public static void MapPeople(this WebApplication app)
    {
    }
}
