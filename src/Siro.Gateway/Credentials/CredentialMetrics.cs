using System.Diagnostics.Metrics;
using Siro.Gateway.Common;

namespace Siro.Gateway.Credentials;

/// <summary>What becomes of tokens, by organization; never by user.</summary>
internal sealed class CredentialMetrics
{
    /// <summary>A token came from this replica's memory.</summary>
    public const string Memory = "memory";

    private readonly Counter<long> _lookups;
    private readonly Counter<long> _mints;
    private readonly Counter<long> _renewals;
    private readonly Counter<long> _refusals;
    private readonly Counter<long> _fallbacks;
    private readonly Histogram<double> _waits;
    private readonly MintHealth? _health;

    public CredentialMetrics(IMeterFactory meters, MintHealth? health = null)
    {
        _health = health;
        var meter = meters.Create("Siro.Gateway");
        _lookups = meter.CreateCounter<long>(
            "siro.gateway.tokens.lookups", "{lookup}", "Minted tokens given to requests, by where they came from: memory, store, mint.");
        _mints = meter.CreateCounter<long>(
            "siro.gateway.tokens.mints", "{mint}", "Mints by kind (user, client), outcome and cause (cold, renewal, alone).");
        _renewals = meter.CreateCounter<long>(
            "siro.gateway.tokens.renewals", "{renewal}", "Background renewals: renewed, adopted from another replica, failed.");
        _refusals = meter.CreateCounter<long>(
            "siro.gateway.tokens.refusals", "{refusal}", "401s from Siro to minted tokens, by what the fleet made of them.");
        _fallbacks = meter.CreateCounter<long>(
            "siro.gateway.credentials.fallbacks", "{call}",
            "Calls with the older kind of credential where a client token was wanted (Credential: Both), by host.");
        _waits = meter.CreateHistogram<double>(
            "siro.gateway.tokens.wait", "s", "How long calls waited for a token that was not in memory.");
    }

    public void Found(OrganizationKey organization, string layer)
    {
        if (_lookups.Enabled)
        {
            _lookups.Add(1, Tag("organization", organization.Value), Tag("layer", layer));
        }
    }

    public void Minted(OrganizationKey organization, string kind, MintOutcome outcome, string cause)
    {
        _health?.Note(organization, kind, outcome);
        _mints.Add(1, Tag("organization", organization.Value), Tag("kind", kind), Tag("outcome", outcome.ToString()), Tag("cause", cause));
    }

    /// <summary>A call went out with the older kind of credential because the newer is not to be had or not taken.</summary>
    public void FellBack(OrganizationKey organization, string host) =>
        _fallbacks.Add(1, Tag("organization", organization.Value), Tag("host", host));

    public void Renewed(OrganizationKey organization, string result) =>
        _renewals.Add(1, Tag("organization", organization.Value), Tag("result", result));

    public void Refused(OrganizationKey organization, RefusalVerdict verdict) =>
        _refusals.Add(1, Tag("organization", organization.Value), Tag("verdict", verdict.ToString()));

    public void Waited(OrganizationKey organization, string source, TimeSpan wait) =>
        _waits.Record(wait.TotalSeconds, Tag("organization", organization.Value), Tag("source", source));

    private static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);
}
