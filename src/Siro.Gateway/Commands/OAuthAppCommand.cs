using System.CommandLine;
using System.Net.Http.Json;
using System.Text.Json;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Commands;

/// <summary>
/// <c>siro-gateway oauth-app create --organization ORG --owner USERID --name NAME</c>: makes the OAuth app that mints user
/// tokens, and prints its secret this once, as JSON or as a Kubernetes Secret with the gateway's own keys.
/// </summary>
internal static class OAuthAppCommand
{
    private const string Path = "v1/core/oauth/apps";

    public static Command Create()
    {
        var organization = new Option<string?>(
            "--organization") { Description = "Its name in the configuration; may be left out where there is only one." };
        var owner = new Option<string>("--owner") { Description = "The Siro user (id) that owns the app.", Required = true };
        var name = new Option<string>("--name") { Description = "The app's name in Siro.", Required = true };
        var output = new Option<string>("--output") { Description = "json or kubernetes.", DefaultValueFactory = _ => "json" };
        output.AcceptOnlyFromAmong("json", "kubernetes");
        var json = new Option<bool>("--json") { Description = "As --output json, which is the default." };
        var secretName = new Option<string>(
            "--secret-name") { Description = "The Kubernetes Secret's name.", DefaultValueFactory = _ => "siro-gateway-oauth" };
        secretName.Validators.Add(result =>
        {
            if (!KubernetesSecret.IsName(result.GetValueOrDefault<string>()))
            {
                result.AddError(
                    "--secret-name must be 1 to 253 lower case letters, digits, '-' and '.', beginning and ending with a letter or "
                    + "digit.");
            }
        });
        foreach (var option in new[] { owner, name })
        {
            option.Validators.Add(result =>
            {
                if (string.IsNullOrWhiteSpace(result.GetValueOrDefault<string>()))
                {
                    result.AddError($"{option.Name} must not be empty.");
                }
            });
        }

        var create = new Command("create", "Make an OAuth app in Siro. Its secret is printed this once.") { organization, owner, name,
            output, json, secretName };
        create.SetAction((parsed, cancellationToken) => CommandRun.RunAsync(
            parsed,
            async (host, writer, token) =>
            {
                var key = host.Organization(parsed.GetValue(organization));
                var kubernetes = !parsed.GetValue(json) && parsed.GetValue(output) == "kubernetes";
                if (kubernetes && !KubernetesSecret.IsKey(key.Value))
                {
                    // Before the app is made: its secret could not be printed again.
                    throw new CommandFailure(1, $"'{key}' can't stand in a Kubernetes Secret's key: use --output json.");
                }

                var app = await CreateAsync(host, key, parsed.GetRequiredValue(owner), parsed.GetRequiredValue(name), token);
                await writer.WriteLineAsync(
                    kubernetes ? KubernetesSecret.Write(parsed.GetRequiredValue(secretName), app.Settings) : app.ToJson());
                await parsed.InvocationConfiguration.Error.WriteLineAsync(
                    "The client secret is shown this once: Siro does not show it again.");
            },
            cancellationToken));
        return new Command("oauth-app", "Siro's OAuth apps, which mint user tokens.") { create };
    }

    private static async Task<CreatedApp> CreateAsync(
        IServiceProvider host, OrganizationKey organization, string owner, string name, CancellationToken cancellationToken)
    {
        var siroId = host.GetRequiredService<ISettings<SiroOptions>>().Current.Find(organization)!.OrganizationId;
        if (string.IsNullOrWhiteSpace(siroId))
        {
            siroId = (await CallerIdentity.AskAsync(host, organization, cancellationToken)).OrganizationId;
        }

        var request = new SiroRequest
        {
            Organization = organization,
            Host = SiroHost.External,
            Client = ClientName.Gateway,
            Scope = TokenScope.Write,
            Operation = "POST /" + Path,
        };
        try
        {
            using var body = JsonContent.Create(new { appName = name, owner, organizationId = siroId });
            using var json = await host.GetRequiredService<SiroClient>().ReadAsync(request, HttpMethod.Post, Path, body, cancellationToken);
            var root = json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("data", out var data)
                ? data
                : json.RootElement;

            // The OpenAPI file says clientID, a guide clientId.
            var clientId = CallerIdentity.Text(root, "clientID") ?? CallerIdentity.Text(root, "clientId");
            var clientSecret = CallerIdentity.Text(root, "clientSecret");
            return clientId is null || clientSecret is null
                ? throw new CommandFailure(3, $"Siro's answer holds no client id and secret. The app may exist: look at GET /{Path}.")
                : new CreatedApp(organization, CallerIdentity.Text(root, "appName") ?? name, clientId, new Secret(clientSecret));
        }
        catch (ProblemException e)
        {
            var failure = CommandRun.Of(e.Problem, organization);
            throw failure.ExitCode == 3 && e.Problem.Code != "siro_throttled"
                ? new CommandFailure(3, $"{failure.Message} It is not known whether the app was made: look at GET /{Path}.")
                : failure;
        }
    }

    private sealed record CreatedApp(OrganizationKey Organization, string Name, string ClientId, Secret ClientSecret)
    {
        private static readonly JsonSerializerOptions Indented = new(JsonSerializerDefaults.Web) { WriteIndented = true };

        /// <summary>Where both stand in the gateway's configuration.</summary>
        public IReadOnlyList<KeyValuePair<string, string>> Settings =>
        [
            new($"Siro:Organizations:{Organization}:OAuth:ClientId", ClientId),
            new($"Siro:Organizations:{Organization}:OAuth:ClientSecret", ClientSecret.Reveal()),
        ];

        public string ToJson() => JsonSerializer.Serialize(
            new { organization = Organization.Value, appName = Name, clientId = ClientId, clientSecret = ClientSecret.Reveal(),
                settings = Settings.ToDictionary(StringComparer.Ordinal) }, Indented);
    }
}
