using Siro.Gateway.Common;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Credentials;

/// <summary>Makes a client app of its settings, with a breaker and a memory of its own.</summary>
internal sealed class ClientAppFactory(CredentialTimings timings, TimeProvider time, Randomness randomness)
{
    public ClientApp Create(OrganizationKey organization, ClientCredentialsOptions options) =>
        new(organization, options, MintPipeline.For(timings, time, randomness), new HostRefusals(time, timings));
}
