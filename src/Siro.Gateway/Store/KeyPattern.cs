using System.Reflection;
using System.Text.RegularExpressions;

namespace Siro.Gateway.Store;

/// <summary>What Redis calls a key's type.</summary>
internal enum KeyType
{
    String,
    Hash,
    List,
    SortedSet,
}

/// <summary>
/// How one sort of key is named, and what it is. Each is declared beside the code that builds the name (<see cref="StoreKeys"/>), and
/// docs/redis.md lists them all; a test finds every key of a busy gateway under exactly one.
/// </summary>
/// <param name="Tag">What decides the slot; words in capitals stand for what differs.</param>
/// <param name="Rest">What follows the tag.</param>
/// <param name="Expires">Redis removes it by itself after this; null where the gateway does, or nobody.</param>
/// <param name="Holds">What is in it.</param>
internal sealed partial record KeyPattern(string Tag, string Rest, KeyType Type, string? Expires, string Holds)
{
    /// <summary>For example <c>sg:{lease:NAME}:held</c>.</summary>
    public string Text => StoreKeys.Key(Tag, Rest);

    /// <summary>Every pattern of the gateway with the feature folder that owns it: static lists of this type, in any class.</summary>
    public static IReadOnlyList<(string Owner, KeyPattern Pattern)> All { get; } =
    [
        .. typeof(KeyPattern).Assembly.GetTypes()
            .SelectMany(type => type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.DeclaredOnly)
                .Where(field => field.FieldType == typeof(IReadOnlyList<KeyPattern>))
                .SelectMany(field => (IReadOnlyList<KeyPattern>)field.GetValue(null)!)
                .Select(pattern => (Owner(type), pattern)))
            .OrderBy(p => p.Item1, StringComparer.Ordinal)
            .ThenBy(p => p.pattern.Text, StringComparer.Ordinal),
    ];

    /// <summary>Whether a key is one of these.</summary>
    public bool Matches(string key) =>
        Regex.IsMatch(key, Expression, RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));

    private string Expression =>
        "^" + Placeholder().Replace(Regex.Escape(Text).Replace("}", "\\}", StringComparison.Ordinal), "[^{}]+") + "$";

    /// <summary>The feature's folder, which is the third part of its namespace.</summary>
    private static string Owner(Type type) => type.Namespace!.Split('.')[2];

    [GeneratedRegex("[A-Z]+", RegexOptions.None, 1000)]
    private static partial Regex Placeholder();
}
