using System.Diagnostics;

namespace Siro.Gateway.Common;

/// <summary>
/// What the gateway's layers tell one another about one call, in one object. As features of the request they would cost more than they say:
/// each that is set makes the framework look up all of its own again.
/// </summary>
internal sealed class CallNotes
{
    private static readonly object Key = new();

    private CallNotes()
    {
    }

    /// <summary>When the gateway began with the call, by <see cref="Stopwatch"/>.</summary>
    public long Began { get; } = Stopwatch.GetTimestamp();

    /// <summary>Its trace id where no span carries it (<see cref="CallTrace"/>).</summary>
    public string? TraceId { get; set; }

    /// <summary>
    /// The authenticated caller; null where nobody was asked for, or nobody came through. Access keeps it here and reads it
    /// (<c>CallerContext</c>): nobody else knows its type.
    /// </summary>
    public object? Caller { get; set; }

    /// <summary>
    /// The rule of its endpoint, once it was looked up. Access keeps it here and reads it (<c>EndpointAccess</c>): nobody else knows its
    /// type.
    /// </summary>
    public object? Access { get; set; }

    /// <summary>Who acts through a session of the console; null where the call came without one.</summary>
    public string? Person { get; set; }

    /// <summary>The operation of Siro that it is.</summary>
    public string? Operation { get; set; }

    /// <summary>What Proxy has found out about a proxied call, and alone reads.</summary>
    public object? Proxied { get; set; }

    /// <summary>Its time at Siro, where it is passed on.</summary>
    public UpstreamTime? Upstream { get; set; }

    /// <summary>The answer is Siro's: it stays as it is, an empty one too.</summary>
    public bool AnsweredBySiro { get; set; }

    /// <summary>The call's own; made where nobody has noted anything yet.</summary>
    public static CallNotes Of(HttpContext context)
    {
        var items = context.Items;
        if (items.TryGetValue(Key, out var known))
        {
            return (CallNotes)known!;
        }

        var notes = new CallNotes();
        items[Key] = notes;
        return notes;
    }
}
