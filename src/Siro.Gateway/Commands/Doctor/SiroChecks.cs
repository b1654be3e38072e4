using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.Credentials;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Commands.Doctor;

/// <summary>
/// Each organization at Siro, through the Siro client: its token, the CDN, the clocks, its OAuth app, its signing secrets.
/// </summary>
internal static class SiroChecks
{
    private const string Area = "siro";
    private const int AtATime = 8;
    private const string Identity = "v1/core/auth/caller-identity";

    /// <param name="timeout">For each organization.</param>
    public static async Task RunAsync(CheckResults results, TimeSpan timeout, CancellationToken cancellationToken)
    {
        ServiceProvider host;
        try
        {
            host = CommandHost.Build();
        }
        catch (InvalidConfigurationException)
        {
            // Each error has its line already.
            results.Warn(Area, "organizations", "not checked: their configuration is invalid", "Correct the configuration first.");
            return;
        }

        // A few at a time, so that one that does not answer holds up no other, and their lines in the configuration's order.
        await using var _ = host;
        var organizations = host.GetRequiredService<ISettings<SiroOptions>>().Current.Organizations
            .Select(o => (Key: new OrganizationKey(o.Key), Options: o.Value, Results: new CheckResults())).ToList();
        await Parallel.ForEachAsync(organizations,
            new ParallelOptions { MaxDegreeOfParallelism = AtATime, CancellationToken = cancellationToken }, async (one, token) =>
        {
            await DoctorCommand.WithinAsync(timeout, Area, $"{one.Key} time", one.Results,
                limited => ExamineAsync(host, one.Key, one.Options, one.Results, limited), token);
            Secrets(one.Key, one.Options, one.Results);
        });
        organizations.ForEach(o => results.Add(o.Results));
    }

    private static async Task ExamineAsync(ServiceProvider host, OrganizationKey organization, OrganizationOptions options,
        CheckResults results, CancellationToken cancellationToken)
    {
        await host.GetRequiredService<CredentialKindsCheck>().RunAsync(organization, options, results, cancellationToken);

        // With client tokens alone there may be neither of the older kinds.
        var olderNeeded = options.Credential != CredentialChoice.ClientCredentials;
        if (await TokenAsync(host, organization, options, results, cancellationToken) && (olderNeeded || options.OAuth is not null))
        {
            await AppAsync(host, organization, options, results, cancellationToken);
        }
    }

    private static async Task<bool> TokenAsync(ServiceProvider host, OrganizationKey organization, OrganizationOptions options,
        CheckResults results, CancellationToken cancellationToken)
    {
        var subject = $"{organization} token";
        try
        {
            using var response = await host.GetRequiredService<SiroClient>().SendAsync(
                Request(host, organization, TokenScope.Read, "GET /" + Identity), HttpMethod.Get, Identity, null, cancellationToken);
            Clock(organization, response, results);
            if (!response.IsSuccessStatusCode)
            {
                Refused(subject, organization, options, await SiroAnswer.ToProblemAsync(response, TimeProvider.System, cancellationToken),
                    results);
                return false;
            }

            using var json = await SiroAnswer.ReadJsonAsync(response, 64 * 1024, cancellationToken);
            var root = json?.RootElement is { ValueKind: JsonValueKind.Object } answer
                ? answer.TryGetProperty("data", out var data) ? data : answer : default;
            var siroId = CallerIdentity.Text(root, "organizationId");
            if (siroId is null)
            {
                results.Fail(Area, subject, "the answer is not Siro's: 200 without an organization",
                    $"Check {SiroAddresses.Path(SiroHost.External)}, and proxies in between.");
                return false;
            }

            if (options.OrganizationId is { Length: > 0 } configured && configured != siroId)
            {
                results.Fail(Area, subject, $"belongs to Siro organization {siroId}, and OrganizationId says {configured}",
                    $"Correct Siro:Organizations:{organization}:OrganizationId or the token: one of them is another organization's.");
                return false;
            }

            var name = options.OrganizationToken is { IsEmpty: false } ? $"'{CallerIdentity.Text(root, "tokenName")}'" : "the client token";
            results.Ok(Area, subject, $"{name} of Siro organization {siroId}; the CDN lets "
                + $"'{host.GetRequiredService<ISettings<SiroOptions>>().Current.UserAgent}' pass");
            return true;
        }
        catch (ProblemException e)
        {
            Refused(subject, organization, options, e.Problem, results);
        }
        catch (HttpRequestException e)
        {
            results.Fail(Area, subject, $"Siro can't be reached ({e.HttpRequestError})",
                $"Check DNS, firewall and {SiroAddresses.Path(SiroHost.External)}.");
        }

        return false;
    }

    private static void Refused(
        string subject, OrganizationKey organization, OrganizationOptions options, Problem problem, CheckResults results)
    {
        switch (problem.Code)
        {
            case "siro_unauthorized" when options is { Credential: CredentialChoice.ClientCredentials, OrganizationToken.IsEmpty: false }:
                results.Warn(Area, subject, "Siro refuses the organization token (401); calls go without it",
                    $"Take Siro:Organizations:{organization}:OrganizationToken out.");
                break;
            case "siro_unauthorized" when options.Credential == CredentialChoice.Both:
                results.Warn(
                    Area, subject, "Siro refuses it (401); the lines of the hosts say which take client tokens",
                    $"Where all do, set Siro:Organizations:{organization}:Credential to ClientCredentials and take the "
                        + "organization token out.");
                break;
            case "siro_unauthorized" when options.UsesClientCredentials:
                results.Fail(Area, subject, "Siro refuses the client token (401)", "See the lines of the client app and of the hosts.");
                break;
            case "siro_unauthorized":
                results.Fail(Area, subject, "Siro refuses it (401)",
                    $"Make a new token in Siro (Person icon, API Tokens) and set Siro:Organizations:{organization}:OrganizationToken; "
                    + "where Siro makes none any more, see 'Client credentials' in docs/credentials.md.");
                break;
            case "siro_cdn_refused":
                results.Fail(Area, subject, "the network in front of Siro refuses the gateway's User-Agent (403, code 1010)",
                    "Set Siro:UserAgent to a name of your own, for example 'Acme-Siro-Gateway/1.0'.");
                break;
            case "siro_throttled":
                results.Warn(Area, subject, "Siro's limit is reached (429)",
                    "Something uses this token up: look at the budget's metrics, or for others with the same token.");
                break;
            default:
                results.Fail(Area, subject,
                    problem.Extensions?.TryGetValue("siroStatus", out var status) == true
                    ? $"{problem.Detail} (status {status})"
                    : problem.Detail, "Try again. If it persists, give Siro the time of this check.");
                break;
        }
    }

    private static void Clock(OrganizationKey organization, HttpResponseMessage response, CheckResults results)
    {
        if (response.Headers.Date is not { } theirs)
        {
            return;
        }

        var skew = TimeProvider.System.GetUtcNow() - theirs;
        var seconds = Math.Ceiling(skew.Duration().TotalSeconds).ToString(CultureInfo.InvariantCulture);
        if (skew.Duration() > TimeSpan.FromMinutes(4))
        {
            results.Fail(Area, $"{organization} clock", $"this machine's differs by {seconds} s from Siro's",
                "Synchronize it (NTP): webhooks are refused beyond five minutes (Webhooks:Tolerance).");
        }
        else if (skew.Duration() > TimeSpan.FromSeconds(30))
        {
            results.Warn(Area, $"{organization} clock", $"this machine's differs by {seconds} s from Siro's",
                "Synchronize it (NTP) before it matters: webhooks are refused beyond five minutes.");
        }
        else
        {
            results.Ok(Area, $"{organization} clock", $"within {seconds} s of Siro's");
        }
    }

    private static async Task AppAsync(ServiceProvider host, OrganizationKey organization, OrganizationOptions options,
        CheckResults results, CancellationToken cancellationToken)
    {
        var subject = $"{organization} OAuth app";
        if (options.OAuth is not { ClientSecret: { IsEmpty: false } secret, ClientId: { Length: > 0 } clientId })
        {
            results.Warn(Area, subject, "none is configured: /platform, /internal and uploads can't be used",
                "Make one: siro-gateway oauth-app create --organization " + organization + " --owner USERID --name siro-gateway");
            return;
        }

        if (options.DefaultUserId is not { Length: > 0 } user)
        {
            results.Warn(
                Area, subject, "not tried: there is no user to mint a token for", $"Set Siro:Organizations:{organization}:DefaultUserId.");
            return;
        }

        var path = $"v1/core/oauth/apps/{Uri.EscapeDataString(clientId)}/access-token";
        var client = host.GetRequiredService<SiroClient>();
        try
        {
            string? id;
            using (var body = JsonContent.Create(new { clientSecret = secret.Reveal(), userId = user, scope = "read" }))
            {
                using var json = await client.ReadAsync(
                    Request(host, organization, TokenScope.Write, "POST /v1/core/oauth/apps/{clientId}/access-token") with {
                        IsMint = true }, HttpMethod.Post, path, body, cancellationToken);
                var root = json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("data", out var data)
                    ? data
                    : json.RootElement;
                id = CallerIdentity.Text(root, "accessTokenId");
            }

            if (id is null)
            {
                results.Warn(Area, subject, "mints user tokens but returns no ids, so the one just made was not revoked",
                    "It ends by itself after 16 hours.");
                return;
            }

            using var revocation = JsonContent.Create(new { clientSecret = secret.Reveal(), userId = user });
            using var revoked = await client.SendAsync(
                Request(host, organization, TokenScope.Write, "DELETE /v1/core/oauth/apps/{clientId}/access-token/{tokenId}"),
                HttpMethod.Delete, $"{path}/{Uri.EscapeDataString(id)}", revocation, cancellationToken);
            if (revoked.IsSuccessStatusCode)
            {
                results.Ok(Area, subject, "minted a user token and revoked it");
            }
            else
            {
                results.Warn(Area, subject, $"mints user tokens; revoking one was answered by {(int)revoked.StatusCode}",
                    "The token just made ends by itself after 16 hours.");
            }
        }
        catch (ProblemException e)
        {
            results.Fail(Area, subject, "Siro mints no user token: " + e.Problem.Detail,
                $"Check OAuth:ClientId, OAuth:ClientSecret and DefaultUserId of Siro:Organizations:{organization}; a secret that is "
                + "lost is replaced by a new app (oauth-app create).");
        }
        catch (HttpRequestException e)
        {
            results.Fail(Area, subject, $"Siro can't be reached ({e.HttpRequestError})", "Try again.");
        }
    }

    private static void Secrets(OrganizationKey organization, OrganizationOptions options, CheckResults results)
    {
        var subject = organization.Value;
        switch (options.WebhookSecrets.Count)
        {
            case 0:
                results.Warn("webhooks", subject, "no signing secret: Siro's webhooks are refused",
                    "In Siro: Webhooks, + Add Endpoint, both events; then put its Signing Secret into "
                    + $"Siro:Organizations:{organization}:WebhookSecrets:0. See docs/siro-setup.md.");
                break;
            case 1:
                results.Ok("webhooks", subject, "one signing secret, well formed. Siro's Testing tab shows whether it is the right one");
                break;
            default:
                results.Warn("webhooks", subject, $"{options.WebhookSecrets.Count} signing secrets are accepted",
                    "Right while one is being replaced; then take the old one out.");
                break;
        }
    }

    /// <summary>With the organization token where there is one: client tokens have lines of their own.</summary>
    private static SiroRequest Request(ServiceProvider host, OrganizationKey organization, TokenScope scope, string operation) => new()
    {
        Organization = organization,
        Host = SiroHost.External,
        Client = ClientName.Gateway,
        Scope = scope,
        Operation = operation,
        Idempotent = scope == TokenScope.Read,
        Credential = host.GetRequiredService<OrganizationCredentials>().TryFind(organization, out var credentials)
            ? credentials.Token
            : null,
    };
}
