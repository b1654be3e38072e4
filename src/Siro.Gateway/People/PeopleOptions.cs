namespace Siro.Gateway.People;

/// <summary>The section <c>People</c>.</summary>
public sealed class PeopleOptions
{
    /// <summary>How old an organization's list of users may be. Default 15 minutes; at least 1 s.</summary>
    public TimeSpan FreshFor { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>
    /// How often a lookup that finds nobody may cause a new reading, for the whole fleet. Default 1 minute; at least 1 s.
    /// </summary>
    public TimeSpan MissInterval { get; set; } = TimeSpan.FromMinutes(1);
}
