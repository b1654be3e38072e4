using System.Net;
using Siro.Gateway.Access;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Calls.Sources;

/// <summary>The check of the section <c>Calls</c>.</summary>
internal static class CallsOptionsValidator
{
    public static void Check(CallsOptions options, ISettingsCandidates candidates, ValidationErrors errors)
    {
        for (var i = 0; i < options.AllowedNetworks.Count; i++)
        {
            errors.Require(IPNetwork.TryParse(options.AllowedNetworks[i], out _), $"Calls:AllowedNetworks:{i}",
                "must be a network in CIDR, e.g. 10.0.0.0/8");
        }

        for (var i = 0; i < options.RetrySchedule.Count; i++)
        {
            errors.Require(options.RetrySchedule[i] >= TimeSpan.Zero && options.RetrySchedule[i] <= TimeSpan.FromDays(1),
                $"Calls:RetrySchedule:{i}", "must be 0 to 1 day");
        }

        errors.Require(options.GiveUpAfter > TimeSpan.Zero, "Calls:GiveUpAfter", "must be more than zero");
        errors.Require(options.IdleTimeout >= TimeSpan.FromSeconds(1) && options.IdleTimeout <= TimeSpan.FromMinutes(10),
            "Calls:IdleTimeout", "must be 1 s to 10 min");
        errors.Require(options.Retention >= TimeSpan.FromHours(1), "Calls:Retention", "must be at least 1 hour");
        errors.Require(options.Concurrency is >= 1 and <= 100, "Calls:Concurrency", "must be 1 to 100");
        foreach (var (name, source) in options.Sources)
        {
            CheckSource(source, $"Calls:Sources:{name}", candidates, errors);
        }
    }

    private static void CheckSource(CallSourceOptions source, string path, ISettingsCandidates candidates, ValidationErrors errors)
    {
        var type = SourceRegistry.Types.FirstOrDefault(t => t.Type == source.Type);
        errors.Require(type is not null, path + ":Type", "must be one of " + string.Join(", ", SourceRegistry.Types.Select(t => t.Type)));
        type?.Check(source, path, errors);
        var client = candidates.Get<ClientsOptions>().Find(new ClientName(source.Client));
        errors.Require(client is not null, path + ":Client", "must name one of Clients: its organization, user and budget are used");
        if (client is not null)
        {
            var organizations = candidates.Get<SiroOptions>().Organizations;
            errors.Require(client.Organization is { Length: > 0 } named ? named != "*" : organizations.Count == 1, path + ":Client",
                "must be a client of one organization");
        }

        foreach (var (url, key) in new[] { (source.ApiUrl, "ApiUrl"), (source.PublicUrl, "PublicUrl"),
            (source.Poll?.Url?.Replace("{since}", "x", StringComparison.Ordinal), "Poll:Url") })
        {
            errors.Require(url is null || (Uri.TryCreate(url, UriKind.Absolute, out var parsed) && parsed.Scheme is "http" or "https"),
                $"{path}:{key}", "must be an http or https address");
        }

        if (source.Auth is { } auth)
        {
            errors.Require(auth.Type is "basic" or "bearer" or "header", path + ":Auth:Type", "must be basic, bearer or header");
            errors.Require(auth.Value is { IsEmpty: false }, path + ":Auth:Value", "is missing");
            errors.Require(auth.Type != "basic" || !string.IsNullOrEmpty(auth.Username), path + ":Auth:Username", "is missing");
            errors.Require(auth.Type != "header" || !string.IsNullOrEmpty(auth.Header), path + ":Auth:Header", "is missing");
        }

        if (source.Poll is { } poll)
        {
            var polled = SourceRegistry.Types.Where(t => t.List is not null).Select(t => t.Type);
            errors.Require(type?.List is not null, path + ":Poll", $"only {string.Join(" and ", polled)} can be polled");
            errors.Require(
                type?.List?.DefaultUrl(source) is not null || poll.Url?.Contains("{since}", StringComparison.Ordinal) == true,
                path + ":Poll:Url",
                "is missing, or has no {since}");
            errors.Require(poll.Interval >= TimeSpan.FromSeconds(1), path + ":Poll:Interval", "must be at least 00:00:01");
            errors.Require(poll.Overlap >= TimeSpan.Zero, path + ":Poll:Overlap", "must not be negative");
        }
    }
}
