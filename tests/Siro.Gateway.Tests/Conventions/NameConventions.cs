using System.Text.RegularExpressions;
using Siro.Gateway.Tests.Deployment;

namespace Siro.Gateway.Tests.Conventions;

/// <summary>Names are the field's: a reader who knows ASP.NET Core, YARP and webhooks guesses what a type or a member does.</summary>
public sealed partial class NameConventions
{
    /// <summary>Words that were private to this code, and what to say instead.</summary>
    private static readonly (string Word, string Instead)[] Private =
    [
        (@"\w*Mistakes?\b", "ValidationError, ValidationErrors"),
        (@"\w*Findings?\b", "CheckResult, CheckResults"),
        (@"\w*Doors?\b", "SiroHttpHandler, SiroClient"),
        (@"JobPump|JobPlaces|\w*Tenure", "JobDispatcher, JobSlots, LeaseOwnership"),
        (@"EndlessJobs?", "RecurringJob"),
        (@"\w*Barred|\w*Revive\w*|SealedAnew", "Blocked, Resume, ReEncrypted"),
        (@"IsOfTheWay|\w*(?<!In)Look|Look(Async|In|At\w*)|Looked|NextLook\w*", "what it answers: Query, Find, Compare, Poll"),
        (@"I?(Mint|Quiet)?Turn|\w*TakeTurn\w*", "MintLease, TimeSlice, Round"),
        (@"Spread", "Jitter, Latency"),
        (@"Hub(Store|Signal)", "EventStore, EventNotification"),
        (@"Dialling|\w*Roster(?!Unavailable)\w*", "PhoneNumbers, UserDirectory, PeopleIndex"),
        (@"\w*Patien(ce|t)\w*", "TimeLimit, IdleTimeout, RetryPolicy"),
        (@"\w+OptionsCheck", "XOptionsValidator"),
    ];

    /// <summary>Phrases that are riddles to whoever didn't write them.</summary>
    private static readonly (string Phrase, string Instead)[] Riddles =
    [
        ("the one door", "the Siro client"),
        (@"has mistakes", "is invalid. See 'errors'"),
        (@"for the \S+\. time", "N times"),
        (@"\broster\b(?!_|""|`)", "list of users"),
    ];

    [Fact]
    public void No_type_or_member_has_a_private_name()
    {
        var used = (from file in Sources("*.cs")
                    from line in Lines(file)
                    from name in Names().Matches(Texts().Replace(line, "\"\"")).Select(m => m.Value)
                    select (name, file)).Distinct().ToLookup(u => u.name, u => u.file, StringComparer.Ordinal);
        var words = Private.Select(p => (Pattern: new Regex($"^(?:{p.Word})$", RegexOptions.None, Bound), p.Instead)).ToList();
        Assert.NotEmpty(used);
        Assert.Empty(
            from name in used
            from word in words
            where !IsContract(name.Key) && word.Pattern.IsMatch(name.Key)
            select $"{name.Key} in {string.Join(", ", name)}: say {word.Instead}");
    }

    [Fact]
    public void No_message_comment_or_page_is_a_riddle()
    {
        var riddles = Riddles.Select(r => (Pattern: new Regex(r.Phrase, RegexOptions.None, Bound), r.Instead)).ToList();
        Assert.Empty(
            from file in Sources("*.cs").Concat(Sources("*.lua")).Concat(Pages())
            from line in Lines(file)
            from riddle in riddles
            where riddle.Pattern.IsMatch(line)
            select $"{file}: {line.Trim()}: say {riddle.Instead}");
    }

    private static TimeSpan Bound => TimeSpan.FromSeconds(1);

    /// <summary>Members of an answer's body are as callers know them.</summary>
    private static bool IsContract(string name) => name is "Looked";

    private static IEnumerable<string> Lines(string file) => File.ReadLines(Path.Combine(RepositoryFiles.Root, file));

    private static IEnumerable<string> Sources(string pattern) =>
        from folder in new[] { "src", "tests" }
        from path in Directory.EnumerateFiles(Path.Combine(RepositoryFiles.Root, folder), pattern, SearchOption.AllDirectories)
        let file = Path.GetRelativePath(RepositoryFiles.Root, path).Replace('\\', '/')
        where !Built().IsMatch(file) && !file.EndsWith(nameof(NameConventions) + ".cs", StringComparison.Ordinal)
        select file;

    /// <summary>Every page but the changelog, which tells of the past in its own words.</summary>
    private static IEnumerable<string> Pages() =>
        Directory.EnumerateFiles(Path.Combine(RepositoryFiles.Root, "docs"), "*.md")
            .Select(f => Path.GetRelativePath(RepositoryFiles.Root, f))
            .Concat(["README.md", "CONTRIBUTING.md"]);

    [GeneratedRegex("(^|/)(bin|obj|node_modules)/", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Built();

    [GeneratedRegex(@"\b[A-Z]\w*", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Names();

    /// <summary>Comments and texts, which say what they like.</summary>
    [GeneratedRegex("""//.*$|"(\\.|[^"\\])*"|"{3}.*""", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Texts();
}
