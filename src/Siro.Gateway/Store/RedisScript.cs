using System.Security.Cryptography;
using System.Text;

namespace Siro.Gateway.Store;

/// <summary>
/// A Lua script, embedded from the folder of the feature that owns its keys. Each file starts with a header: keys, arguments, answer, and
/// what makes it safe to repeat. Rules: one hash slot, check before the first write (Lua does not roll back), <c>TIME</c> for every moment,
/// no pcall, no Streams, no WAIT.
/// </summary>
internal sealed class RedisScript
{
    private RedisScript(string name, string text)
    {
        Name = name;
        Text = text;
#pragma warning disable CA5350 // EVALSHA names scripts by SHA-1; nothing is protected by it.
        Hash = SHA1.HashData(Encoding.UTF8.GetBytes(text));
#pragma warning restore CA5350
    }

    /// <summary>Its path, for errors and traces.</summary>
    public string Name { get; }

    public string Text { get; }

    /// <summary>What EVALSHA calls it.</summary>
    public byte[] Hash { get; }

    /// <summary>
    /// Loads <c>{path}.lua</c>, with the text of <paramref name="shared"/> (functions that several scripts
    /// use) in front of it.
    /// </summary>
    /// <param name="path">Below the project's folder, without the ending: <c>Budget/Scripts/exchange</c>.</param>
    public static RedisScript Load(string path, params ReadOnlySpan<string> shared)
    {
        var text = new StringBuilder();
        foreach (string part in shared)
        {
            text.Append(Read(part)).Append('\n');
        }

        return new RedisScript(path, text.Append(Read(path)).ToString());
    }

    private static string Read(string path)
    {
        string resource = "Siro.Gateway." + path.Replace('/', '.') + ".lua";
        using Stream stream = typeof(RedisScript).Assembly.GetManifestResourceStream(resource)
            ?? throw new ArgumentException($"There is no script {path}.lua.", nameof(path));
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
