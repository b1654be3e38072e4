namespace Siro.Emulator.Hosting;

/// <summary>Where each host listens; every address ends in a slash. Known once the server has started.</summary>
public sealed class HostAddresses
{
    private readonly Uri[] _addresses = new Uri[SiroHosts.All.Length];

    public Uri External => _addresses[(int)SiroHost.External];

    public Uri Platform => _addresses[(int)SiroHost.Platform];

    public Uri Internal => _addresses[(int)SiroHost.Internal];

    public Uri Storage => _addresses[(int)SiroHost.Storage];

    /// <summary>The host of the token endpoint.</summary>
    public Uri Auth => _addresses[(int)SiroHost.Auth];

    public Uri Voip => _addresses[(int)SiroHost.Voip];

    /// <summary>The emulator's own settings, faults, journal and state.</summary>
    public Uri Control => new(External, $"{SiroHosts.ControlPrefix}/");

    internal void Set(SiroHost host, int port, bool shared) =>
        _addresses[(int)host] = new Uri($"http://127.0.0.1:{port}{(shared ? host.SharedPath() : host.BasePath())}/");
}
