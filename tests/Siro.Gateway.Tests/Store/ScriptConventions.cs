using System.Reflection;
using System.Text.RegularExpressions;
using Siro.Gateway.Store;

namespace Siro.Gateway.Tests.Store;

/// <summary>Rules for every Lua script of every feature.</summary>
public sealed partial class ScriptConventions
{
    public static TheoryData<string> Scripts() =>
        [.. typeof(RedisScript).Assembly.GetManifestResourceNames().Where(n => n.EndsWith(".lua", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Scripts))]
    public void A_script_says_its_keys_its_answer_and_why_it_may_be_repeated(string script)
    {
        var text = Read(script);
        var header = string.Join('\n', text.Split('\n').TakeWhile(l => l.StartsWith("--", StringComparison.Ordinal)));
        Assert.NotEmpty(header);

        // Shared functions have no keys and no answer of their own.
        if (TopLevelReturn().IsMatch(text))
        {
            Assert.Contains("KEYS", header, StringComparison.Ordinal);
            Assert.Contains("answer", header, StringComparison.OrdinalIgnoreCase);
            Assert.Matches(Repeatable(), header);
        }
    }

    [Theory]
    [MemberData(nameof(Scripts))]
    public void A_script_uses_only_what_every_store_has(string script) =>
        Assert.DoesNotMatch(NotEverywhere(), Read(script));

    private static string Read(string resource)
    {
        using var reader = new StreamReader(Assembly.GetAssembly(typeof(RedisScript))!.GetManifestResourceStream(resource)!);
        return reader.ReadToEnd();
    }

    [GeneratedRegex(@"^return\b", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex TopLevelReturn();

    [GeneratedRegex("repeat|reads|changes nothing|safe", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Repeatable();

    [GeneratedRegex(@"redis\.pcall|\bcall\(\s*['""](XADD|XREAD|XREADGROUP|WAIT|KEYS|SCAN)['""]|\bmath\.random\b|\bos\.(time|clock)\b",
        RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex NotEverywhere();
}
