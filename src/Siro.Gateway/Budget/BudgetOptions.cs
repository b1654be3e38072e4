using Siro.Gateway.Configuration;

namespace Siro.Gateway.Budget;

/// <summary>The section <c>Budget</c>: what Siro allows per token, and how long a call waits for room.</summary>
public sealed class BudgetOptions
{
    /// <summary>Requests a window and Siro token. Default 1000 (Siro's rate-limits page), at least 1.</summary>
    public int Requests { get; set; } = 1000;

    /// <summary>The window in seconds. Default 60, 1 to 3600.</summary>
    public int WindowSeconds { get; set; } = 60;

    /// <summary>
    /// How long a call waits for room before 429 <c>budget_exhausted</c>. Default 00:00:10, at most 00:10:00; work in the background waits
    /// by its own rule.
    /// </summary>
    public TimeSpan MaxWait { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>What differs for organization tokens.</summary>
    public SiroApi.CredentialBudgetOptions? OrganizationToken { get; set; }

    /// <summary>What differs for user tokens.</summary>
    public SiroApi.CredentialBudgetOptions? UserToken { get; set; }

    /// <summary>
    /// How many calls of one client may wait for one token in one replica; past it 429 at once. Default 1000, 1 to 100000.
    /// </summary>
    public int QueueLength { get; set; } = 1000;

    /// <summary>
    /// After how long without a word a replica counts as dead; its slots are back one window later. It stops sending before that.
    /// Default 00:00:05, 00:00:02 to 00:01:00.
    /// </summary>
    public TimeSpan ReplicaTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How many replicas there are to be, for while none can be counted: without the store each keeps to the limit divided by at least
    /// this many. Read at the start. Default 1, 1 to 1000.
    /// </summary>
    public int ExpectedReplicas { get; set; } = 1;
}

/// <summary>The check of the section.</summary>
internal static class BudgetOptionsValidator
{
    public static void Check(BudgetOptions options, ValidationErrors errors)
    {
        Check("Budget", options.Requests, options.WindowSeconds, options.MaxWait, errors);
        Check("Budget:OrganizationToken", options.OrganizationToken, errors);
        Check("Budget:UserToken", options.UserToken, errors);
        errors.Require(options.QueueLength is >= 1 and <= 100_000, "Budget:QueueLength", "must be 1 to 100000");
        errors.Require(
            options.ReplicaTimeout >= TimeSpan.FromSeconds(2) && options.ReplicaTimeout <= TimeSpan.FromMinutes(1),
            "Budget:ReplicaTimeout",
            "must be 00:00:02 to 00:01:00");
        errors.Require(options.ExpectedReplicas is >= 1 and <= 1000, "Budget:ExpectedReplicas", "must be 1 to 1000");
    }

    public static void Check(string path, SiroApi.CredentialBudgetOptions? options, ValidationErrors errors)
    {
        if (options is not null)
        {
            Check(path, options.Requests, options.WindowSeconds, options.MaxWait, errors);
        }
    }

    private static void Check(string path, int? requests, int? window, TimeSpan? wait, ValidationErrors errors)
    {
        errors.Require(requests is null or (>= 1 and <= 100_000_000), path + ":Requests", "must be 1 to 100000000");
        errors.Require(window is null or (>= 1 and <= 3600), path + ":WindowSeconds", "must be 1 to 3600");
        errors.Require(
            wait is null || (wait >= TimeSpan.Zero && wait <= TimeSpan.FromMinutes(10)), path + ":MaxWait", "must be 00:00:00 to 00:10:00");
    }
}
