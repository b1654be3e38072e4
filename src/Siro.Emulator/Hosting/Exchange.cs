using System.Text.Json;
using Siro.Emulator.Access;
using Siro.Emulator.Journal;

namespace Siro.Emulator.Hosting;

/// <summary>One request on its way through the emulator.</summary>
internal sealed class Exchange(HttpContext http, SiroHost host, string path, JournalEntry entry)
{
    public HttpContext Http => http;

    public SiroHost Host => host;

    /// <summary>The path after the host's base path, unescaped but for slashes.</summary>
    public string Path => path;

    /// <summary>False for a path outside the host's base path.</summary>
    public bool IsRouted { get; init; } = true;

    public JournalEntry Entry => entry;

    public RouteMatch Route { get; set; }

    public Token? Token { get; set; }

    /// <summary>The whole body. Storage reads its own from the request.</summary>
    public byte[] Body { get; set; } = [];

    public string this[string parameter] => Route[parameter];

    /// <summary>The organization that the caller's token belongs to.</summary>
    public Organizations.Organization Organization => Token!.Organization;

    public string? Query(string name)
    {
        var values = http.Request.Query[name];
        return values.Count == 0 ? null : values[^1];
    }

    public bool Flag(string name) => Query(name) is "true";

    /// <summary>False when the body is no JSON.</summary>
    public bool TryJson(out JsonElement json)
    {
        try
        {
            using var document = JsonDocument.Parse(Body);
            json = document.RootElement.Clone();
            return true;
        }
        catch (JsonException)
        {
            json = default;
            return false;
        }
    }
}
