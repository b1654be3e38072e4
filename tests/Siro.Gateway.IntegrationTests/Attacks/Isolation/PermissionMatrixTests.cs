using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Siro.Emulator.Hosting;
using Siro.Gateway.Access;
using Siro.Gateway.IntegrationTests.Infrastructure;
using Siro.Gateway.IntegrationTests.Snippets;

namespace Siro.Gateway.IntegrationTests.Attacks.Isolation;

/// <summary>
/// Every operation of Siro's and every endpoint of the gateway's, asked for by a client of each single permission: the one word that is
/// meant opens it, no other does, and what is refused never reaches Siro. Siro answers 409 to all, so that nothing is changed.
/// </summary>
public sealed partial class PermissionMatrixTests(PermissionMatrixTests.Fixture gateway) : IClassFixture<PermissionMatrixTests.Fixture>
{
    private const int AtSiro = 409;

    public static TheoryData<string> Words => [.. Permissions.All];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void The_table_has_all_of_Siros_operations() => Assert.Empty(
        PublishedOperations.All.Select(o => $"{o.Host} {o.Method} {o.Path}".ToUpperInvariant())
            .Except(Operations().Select(o => $"{o.Host} {o.Method} {o.Template}".ToUpperInvariant())));

    [Theory]
    [MemberData(nameof(Words))]
    public async Task One_permission_opens_its_own_operations_and_no_other(string word)
    {
        using var client = gateway.CreateClient(Fixture.KeyOf(word));
        var all = Operations().Concat(Operations().Where(o => o.Host == "platform").Select(o => o with { Host = "internal" })).ToList();
        var since = gateway.Emulator.Journal.Last;
        var (wrong, opened) = (new List<string>(), 0);
        foreach (var operation in all)
        {
            using var request = new HttpRequestMessage(new HttpMethod(operation.Method), $"/{operation.Host}{Filled(operation.Template)}");
            using var response = await client.SendAsync(request, Cancel);
            var open = word == operation.Permission || word == Permissions.Admin;
            opened += open ? 1 : 0;
            var text = await response.Content.ReadAsStringAsync(Cancel);
            if (open ? !IsSiros(response) : !Lacks(response, text, operation.Permission))
            {
                wrong.Add($"{operation}: {(int)response.StatusCode} {text}");
            }
        }

        Assert.True(wrong.Count == 0, $"{word}, {wrong.Count} of {all.Count}:\n{string.Join('\n', wrong.Take(20))}");
        Assert.Equal(opened, gateway.Emulator.Journal.Read(since).Count);
    }

    [Fact]
    public async Task Another_organizations_name_opens_nothing_even_for_an_admin()
    {
        using var client = gateway.CreateClient(Fixture.KeyOf(Permissions.Admin));
        client.DefaultRequestHeaders.Add("Siro-Organization", "rival");
        var since = gateway.Emulator.Journal.Last;
        var paths = Operations().Select(o => (o.Method, Path: $"/{o.Host}{Filled(o.Template)}"))
            .Concat(Own().Select(e => (e.Method, e.Path))).ToList();
        foreach (var (method, path) in paths)
        {
            using var request = Request(method, path);
            using var response = await client.SendAsync(request, Cancel);
            await GatewayProblem.AssertAsync(response, 403, "organization_forbidden");
        }

        Assert.Empty(gateway.Emulator.Journal.Read(since));
    }

    [Theory]
    [MemberData(nameof(Words))]
    public async Task One_permission_opens_the_gateways_own_endpoints_that_name_it_and_no_other(string word)
    {
        using var client = gateway.CreateClient(Fixture.KeyOf(word));
        var endpoints = Own().Where(e => e.Words.Length > 0).ToList();
        Assert.True(endpoints.Count > 30, $"{endpoints.Count} endpoints");
        foreach (var endpoint in endpoints.Where(e => word != Permissions.Admin && !e.Words.Contains(word)))
        {
            using var request = Request(endpoint.Method, endpoint.Path);
            using var response = await client.SendAsync(request, Cancel);
            var text = await response.Content.ReadAsStringAsync(Cancel);
            var lacks = endpoint.Words.Any(w => Lacks(response, text, w));
            Assert.True(lacks, $"{word} at {endpoint.Method} {endpoint.Path}: {(int)response.StatusCode} {text}");
        }

        // Reads alone: a write that is open does something.
        foreach (var endpoint in endpoints.Where(e => (word == Permissions.Admin || e.Words.Contains(word)) && e.Method == "GET"))
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
            limit.CancelAfter(TimeSpan.FromSeconds(20));
            using var response = await client.GetAsync(endpoint.Path, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            Assert.NotEqual(403, (int)response.StatusCode);
        }
    }

    private static HttpRequestMessage Request(string method, string path) => new(new HttpMethod(method), path)
    {
        Content = method == "GET" ? null : new StringContent("{}", Encoding.UTF8, "application/json"),
    };

    /// <summary>As they are published with the gateway, words included.</summary>
    private static List<PublishedOperation> Operations() =>
    [
        .. File.ReadLines(Path.Combine(Snippet.Root, "src", "Siro.Gateway", "Proxy", "operations.tsv"))
            .Where(l => !l.StartsWith('#') && l.Length > 0)
            .Select(l => l.Split('\t')).Select(l => new PublishedOperation(l[0], l[1], l[2], l[3])),
    ];

    /// <summary>The gateway's own that ask for a permission, with <c>x</c> for each parameter.</summary>
    private IEnumerable<(string Method, string Path, string[] Words)> Own() =>
        from endpoint in gateway.Gateway.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        where endpoint.Metadata.GetMetadata<EndpointAccess>() is { NeedsCaller: true } and not EndpointAccess.PerOperation
        let path = "/" + Parameter().Replace(endpoint.RoutePattern.RawText!.TrimStart('/'), "x")
        from method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["GET"]
        select (method, path, WordsOf(endpoint.Metadata.GetRequiredMetadata<EndpointAccess>(), path));

    /// <summary>What reads a subscription takes either of two words, and so names none.</summary>
    private static string[] WordsOf(EndpointAccess access, string path) => access switch
    {
        EndpointAccess.Permission permission => [permission.Name],
        _ when path.StartsWith("/v1/subscriptions", StringComparison.Ordinal) => [Permissions.EventsRead, Permissions.SubscriptionsWrite],
        _ => [],
    };

    private static bool IsSiros(HttpResponseMessage response) =>
        (int)response.StatusCode == AtSiro && !response.Headers.Contains("Siro-Gateway-Error");

    private static bool Lacks(HttpResponseMessage response, string text, string permission)
    {
        if ((int)response.StatusCode != 403)
        {
            return false;
        }

        using var problem = JsonDocument.Parse(text);
        return problem.RootElement.GetProperty("code").GetString() == "permission_missing"
            && problem.RootElement.GetProperty("permission").GetString() == permission;
    }

    private static string Filled(string template) => Parameter().Replace(template, "x1");

    [GeneratedRegex(@"\{[^}]*\}", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Parameter();

    private sealed record PublishedOperation(string Host, string Method, string Template, string Permission);

    public sealed class Fixture : GatewayFixture
    {
        public static string KeyOf(string word) => $"sgw_test-word-{word.Replace(':', '-')}-00000000000000000000000000000000";

        public override async ValueTask InitializeAsync()
        {
            await base.InitializeAsync();

            // The user's tokens are minted before Siro refuses everything.
            using var admin = CreateClient();
            Assert.True((await admin.GetAsync("/platform/v1/core/recordings")).IsSuccessStatusCode);
            using var write = await admin.PutAsync("/platform/v1/none", content: null);
            Assert.False(write.Headers.Contains("Siro-Gateway-Error"));
            Emulator.Faults.Answer(AtSiro);
        }

        protected override Task ConfigureAsync(Dictionary<string, string?> settings)
        {
            foreach (var word in Permissions.All)
            {
                GatewaySettings.Client(settings, "word-" + word.Replace(':', '-'), KeyOf(word), [word]);
            }

            var rival = Emulator.State.Seed("Rival");
            settings["Siro:Organizations:rival:OrganizationToken"] = rival.Token;
            settings["Siro:Organizations:rival:OrganizationId"] = rival.Id;
            return Task.CompletedTask;
        }
    }
}
