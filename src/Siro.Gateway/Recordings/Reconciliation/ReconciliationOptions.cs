namespace Siro.Gateway.Recordings.Reconciliation;

/// <summary>The section <c>Reconciliation</c>: polling for what webhooks missed.</summary>
public sealed class ReconciliationOptions
{
    /// <summary>True or false for every organization. Default: on for an organization that has webhook secrets or subscribers.</summary>
    public bool? Enabled { get; set; }

    /// <summary>From the end of one poll to the start of the next. Default 5 minutes; at least 0.1 s.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How far each poll looks back before the latest change that it has seen. Default 10 minutes; at least zero.</summary>
    public TimeSpan Overlap { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Recordings in one page. Default 40: of longer pages people report that Siro leaves values out. 1 to 100.</summary>
    public int PageSize { get; set; } = 40;
}
