using Siro.Gateway.Credentials;

namespace Siro.Gateway.IntegrationTests.Infrastructure;

/// <summary>
/// Moments at which a gateway gives up waiting and takes another way, moved so far off that only a test which plays slowness meets them,
/// not one whose machine is busy.
/// </summary>
internal static class TestTimings
{
    /// <summary>A call with both kinds of credential waits for a client token as long as one that has no other.</summary>
    public static CredentialTimings Credentials { get; } = new() { ClientTokenWait = new CredentialTimings().Wait };
}
