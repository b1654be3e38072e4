using System.Diagnostics.Metrics;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Siro.Gateway.Common;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Tests.SiroApi;

public sealed class ContractWatchTests
{
    private const string Signed = """{"data":{"uploadUrl":"u","uploadHeaders":{},"downloadUrl":"d","expiresAt":"t"}}""";
    private readonly FakeTimeProvider _time = new();
    private readonly ContractWatch _watch;

    public ContractWatchTests() =>
        _watch = new ContractWatch(
            new ContractMetrics(new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>()), _time,
            NullLogger<ContractWatch>.Instance);

    [Fact]
    public void An_answer_by_the_contract_is_no_difference_whatever_else_it_holds()
    {
        Compare(SiroHost.Platform, "POST /v1/core/recordings/signed-urls", 200,
            Signed.Replace("\"t\"", "\"t\",\"more\":1", StringComparison.Ordinal));
        Compare(SiroHost.External, "GET /v1/core/auth/caller-identity", 200,
            """{"data":{"tokenId":"i","tokenName":null,"organizationId":"o"}}""");
        Compare(SiroHost.External, "GET /v1/core/recordings/{id}", 404, """{"error":"Recording not found"}""");
        Compare(SiroHost.External, "GET /v1/core/recordings", 500, null);
        Assert.Empty(_watch.Current);
    }

    [Theory]
    [InlineData("POST /v1/core/recordings/signed-urls", 200, """{"data":{"uploadUrl":"u","uploadHeaders":{},"downloadUrl":"d"}}""",
        "MissingField", "'data.expiresAt'")]
    [InlineData("POST /v1/core/recordings/signed-urls", 200,
        """{"data":{"uploadUrl":5,"uploadHeaders":{},"downloadUrl":"d","expiresAt":"t"}}""", "WrongType", "'data.uploadUrl'")]
    [InlineData("GET /v1/core/recordings/{id}", 200, """{"data":{"id":"r","dateCreated":"t","processingStatus":"archived"}}""",
        "UnknownValue", "'archived' in 'data.processingStatus'")]
    [InlineData("POST /v1/core/recordings/upload", 200, """{"data":{"id":"r"}}""", "ChangedStatus", "200")]
    [InlineData("GET /v1/core/recordings/{id}", 404, """{"code":404,"message":"The current request is not defined by this API."}""",
        "ChangedStatus", "404")]
    [InlineData("POST /v1/core/recordings/signed-urls", 422,
        """{"issues":[{"code":"invalid_type","path":["region"],"message":"Required"}],"name":"ZodError"}""", "RequiredField", "'region'")]
    [InlineData("POST /v1/core/recordings/upload", 422,
        """{"issues":[{"code":"invalid_type","path":["region"],"message":"Invalid input: expected string, received undefined"}]}""",
        "RequiredField", "'region'")]
    [InlineData("POST /v1/core/recordings/upload", 422,
        """{"issues":[{"code":"custom","path":["consent","given"],"message":"Say so"}]}""", "RequiredField", "'consent'")]
    public void Every_kind_of_difference_is_told_by_operation_and_place(
        string operation, int status, string body, string kind, string words)
    {
        Compare(SiroHost.Platform, operation, status, body);
        var drift = Assert.Single(_watch.Current);
        Assert.Equal(kind, drift.Kind.ToString());
        Assert.Contains(words, drift.What, StringComparison.Ordinal);
        Assert.Contains(operation, drift.What, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("POST /v1/core/recordings/signed-urls", 422,
        """{"issues":[{"code":"invalid_type","path":["fileSizeInBytes"],"message":"Required"},{"code":"unrecognized_keys","path":[],"keys":["fileSize"]}]}""")]
    [InlineData(
        "POST /v1/core/recordings/upload", 422, """{"issues":[{"code":"invalid_type","path":["downloadUrl"],"message":"Required"}]}""")]
    [InlineData("POST /v2/core/recordings", 404, """{"code":404,"message":"The current request is not defined by this API."}""")]
    public void What_the_published_contracts_differ_in_is_negotiated_and_no_surprise(string operation, int status, string body)
    {
        Compare(SiroHost.Platform, operation, status, body);
        Assert.Empty(_watch.Current);
    }

    [Fact]
    public void The_same_difference_is_counted_and_a_day_after_the_last_it_is_gone()
    {
        for (var i = 0; i < 5; i++)
        {
            Compare(SiroHost.Platform, "POST /v1/core/recordings/upload", 200, """{"data":{"id":"r"}}""");
            _time.Advance(TimeSpan.FromHours(1));
        }

        Assert.Equal(5, Assert.Single(_watch.Current).Count);
        _time.Advance(TimeSpan.FromDays(1));
        Assert.Empty(_watch.Current);
        Compare(SiroHost.Platform, "POST /v1/core/recordings/upload", 200, """{"data":{"id":"r"}}""");
        Assert.Equal(1, Assert.Single(_watch.Current).Count);
    }

    [Fact]
    public void Names_and_values_of_an_answer_are_told_without_what_could_break_a_line_and_many_are_not_kept()
    {
        for (var i = 0; i < 200; i++)
        {
            Compare(SiroHost.Platform, "GET /v1/core/recordings/{id}", 200,
                JsonSerializer.Serialize(new { data = new { id = "r", dateCreated = "t", processingStatus = $"a\n{i} {{x}}" } }));
        }

        Assert.Equal(100, _watch.Current.Count);
        Assert.All(_watch.Current, d => Assert.DoesNotContain('\n', d.What));
    }

    [Fact]
    public void An_answer_whose_items_differ_alike_is_counted_once()
    {
        var item = new { id = 5, dateCreated = "t" };
        Compare(SiroHost.Platform, "GET /v1/core/recordings", 200,
            JsonSerializer.Serialize(new { data = new[] { item, item, item }, cursor = (string?)null }));
        var drift = Assert.Single(_watch.Current);
        Assert.Equal((1, "WrongType"), (drift.Count, drift.Kind.ToString()));
        Assert.Contains("'data[].id'", drift.What, StringComparison.Ordinal);
    }

    [Fact]
    public void What_has_not_been_seen_for_a_day_makes_room_for_what_is_new()
    {
        for (var day = 0; day < 150; day++)
        {
            Compare(SiroHost.Platform, "GET /v1/core/recordings/{id}", 200,
                JsonSerializer.Serialize(new { data = new { id = "r", dateCreated = "t", processingStatus = $"value{day}" } }));
            Assert.Contains($"'value{day}'", Assert.Single(_watch.Current).What, StringComparison.Ordinal);
            _time.Advance(TimeSpan.FromDays(1.5));
        }
    }

    private void Compare(SiroHost host, string operation, int status, string? body)
    {
        using var json = body is null ? null : JsonDocument.Parse(body);
        _watch.Compare(
            new SiroRequest { Organization = new OrganizationKey("acme"), Host = host, Client = ClientName.Gateway, Operation = operation },
            status, json?.RootElement);
    }
}
