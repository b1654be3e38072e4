using System.Reflection;
using System.Text.RegularExpressions;

namespace Siro.Gateway.Tests.Conventions;

/// <summary>Features meet in a few places and nowhere else.</summary>
public sealed partial class FeatureBorders
{
    /// <summary>Whom everybody may know.</summary>
    private static readonly string[] Seams = ["Common", "Configuration", "SiroApi", "Store", "Jobs", "Outbound", "Access"];

    /// <summary>The seams themselves stand on as few others as they can.</summary>
    private static readonly Dictionary<string, string[]> Foundations = new(StringComparer.Ordinal)
    {
        ["Common"] = [],
        ["Configuration"] = ["Common"],
        ["Store"] = ["Common", "Configuration"],
        ["Jobs"] = ["Common", "Configuration", "Store", "Access"],
        ["Outbound"] = ["Common", "Configuration"],
        ["SiroApi"] = ["Common", "Configuration"],
        ["Access"] = ["Common", "Configuration", "SiroApi"],
    };

    /// <summary>Agreed exceptions: who may know whom beyond the seams.</summary>
    private static readonly (string From, string To)[] Agreed =
    [
        // Recordings feed what they find into the events, where somebody subscribes. Deliveries know events, events know subscriptions,
        // none the other way.
        ("Recordings", "Events"),
        ("Recordings", "Subscriptions"),
        ("Events", "Subscriptions"),
        ("Deliveries", "Events"),
        ("Deliveries", "Subscriptions"),

        // Alerts look at what the others know of themselves; none of them knows of alerts.
        ("Alerts", "Budget"),
        ("Alerts", "Credentials"),
        ("Alerts", "Deliveries"),
        ("Alerts", "Events"),
        ("Alerts", "Subscriptions"),
        ("Calls", "People"),
        ("Calls", "Uploads"),
        ("Uploads", "People"),
    ];

    [Fact]
    public void Features_do_not_reach_across()
    {
        var root =
            Path.Combine(typeof(FeatureBorders).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(
            a => a.Key == "RepositoryRoot").Value!, "src", "Siro.Gateway");
        var features = Directory.GetDirectories(root).Select(d => Path.GetFileName(d)!).Where(d => d is not ("bin" or "obj"))
            .ToHashSet(StringComparer.Ordinal);
        var trespasses = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var feature in features.Where(f => f is not ("Commands" or "OperatorConsole")))
        {
            foreach (var file in Directory.EnumerateFiles(Path.Combine(root, feature), "*.cs", SearchOption.AllDirectories))
            {
                foreach (var other in Named().Matches(File.ReadAllText(file)).Select(m => m.Groups[1].Value).Where(o => o != feature
                    && features.Contains(o)))
                {
                    var allowed = Foundations.TryGetValue(feature, out var below)
                        ? below.Contains(other)
                        : Seams.Contains(other) || Agreed.Contains((feature, other));
                    if (!allowed)
                    {
                        trespasses.Add($"{feature} knows {other} ({Path.GetFileName(file)})");
                    }
                }
            }
        }

        Assert.Empty(trespasses);
    }

    [GeneratedRegex(@"\bSiro\.Gateway\.([A-Z][A-Za-z]+)", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Named();
}
