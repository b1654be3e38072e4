namespace Siro.Gateway.Client.Receiving;

/// <summary>A verified delivery.</summary>
public sealed class SiroEventContext
{
    internal SiroEventContext(SiroEvent e, DateTimeOffset sentAt, bool isReplay, IServiceProvider services)
    {
        Event = e;
        SentAt = sentAt;
        IsReplay = isReplay;
        Services = services;
    }

    /// <summary>The event. Match on its type: <c>case RecordingReady ready</c>.</summary>
    public SiroEvent Event { get; }

    /// <summary>When this attempt was signed.</summary>
    public DateTimeOffset SentAt { get; }

    /// <summary>Somebody asked the gateway to send it again. An event that was handled is not handled again all the same.</summary>
    public bool IsReplay { get; }

    /// <summary>The request's services.</summary>
    public IServiceProvider Services { get; }
}
