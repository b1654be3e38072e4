namespace Siro.Gateway.Store;

/// <summary>
/// How a key is named. All start with <see cref="Prefix"/> and carry one hash tag (<c>{...}</c>), so that the keys a script
/// touches share a slot and Redis Cluster works.
/// <para>
/// A feature's key names stand in its own folder, in a class <c>YourKeys</c> whose members call <see cref="Key"/>; its scripts
/// stand in <c>YourFeature/Scripts</c> and are loaded with <c>RedisScript.Load("YourFeature/Scripts/name")</c>. Keys that one
/// script touches must use the same tag. A key that a script builds itself starts with a prefix made here and passed as an argument.
/// </para>
/// </summary>
internal static partial class StoreKeys
{
    /// <summary>What every key starts with.</summary>
    public const string Prefix = "sg:";

    /// <summary>A key <c>sg:{tag}:rest</c>. <paramref name="tag"/> decides the slot; start it with the feature's name.</summary>
    /// <exception cref="ArgumentException">The tag is empty, longer than 300 characters, or holds a brace, which would change the
    /// slot.</exception>
    public static string Key(string tag, string rest)
    {
        if (tag.Length is 0 or > 300 || tag.AsSpan().ContainsAny('{', '}'))
        {
            throw new ArgumentException("A key's tag is 1 to 300 characters without braces.", nameof(tag));
        }

        return $"{Prefix}{{{tag}}}:{rest}";
    }
}
