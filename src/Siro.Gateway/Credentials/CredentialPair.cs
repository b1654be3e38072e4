using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Credentials;

/// <summary>One token as requests take it, made once: for <c>external</c>, and for the hosts of users.</summary>
internal readonly record struct CredentialPair(SiroCredential External, SiroCredential Others)
{
    public SiroCredential For(SiroHost host) => host is SiroHost.External ? External : Others;
}
