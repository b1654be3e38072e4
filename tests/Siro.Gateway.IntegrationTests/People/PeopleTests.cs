using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Siro.Emulator.Hosting;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.People;

public sealed class PeopleTests(PeopleTests.Fixture gateway) : IClassFixture<PeopleTests.Fixture>
{
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_key_finds_the_one_person_who_has_it()
    {
        foreach (
            var query in new[] { "email=REP19999@Example.com", "phone=%2B15550019999", "phone=(555)+001-9999", "externalId=crm-rep-19999" })
        {
            var person = Assert.Single(await FindAsync(query));
            Assert.Equal("rep19999@example.com", person.GetProperty("email").GetString());
        }
    }

    [Fact]
    public async Task Two_who_share_an_email_or_a_number_are_both_the_answer()
    {
        foreach (var query in new[] { "email=TWIN@example.com", "phone=%2B1%20555%20999%200000" })
        {
            Assert.Equal(gateway.Twins.Order(StringComparer.Ordinal),
                (await FindAsync(query)).Select(p => p.GetProperty("id").GetString()!).Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public async Task Twenty_thousand_users_are_read_once_for_the_fleet()
    {
        await FindAsync("email=rep1@example.com");
        var before = gateway.Emulator.Journal.Last;
        await using var second = await gateway.StartInProcessAsync();
        using var client = second.CreateClient(GatewaySettings.WriterKey);
        var answers =
            await Task.WhenAll(Enumerable.Range(1, 50).Select(
            i => client.GetFromJsonAsync<JsonElement>($"/v1/people?email=rep{i * 300}@example.com", Cancel)));
        Assert.All(answers, a => Assert.Equal(1, a.GetProperty("data").GetArrayLength()));
        Assert.Equal(0, gateway.Emulator.Journal.Count(SiroHost.External, "/v1/core/users", since: before));
    }

    [Fact]
    public async Task Nobody_is_an_empty_list_and_a_miss_reads_the_users_again_only_once()
    {
        await FindAsync("email=rep1@example.com");
        var before = gateway.Emulator.Journal.Last;
        Assert.Empty(await FindAsync("email=nobody@example.com"));
        Assert.Empty(await FindAsync("externalId=nobody"));

        // 201 pages, or none where another test has missed within the minute.
        Assert.Contains(gateway.Emulator.Journal.Count(SiroHost.External, "/v1/core/users", since: before), new[] { 0, 201 });
    }

    [Theory]
    [InlineData("")]
    [InlineData("email=")]
    [InlineData("email=a@b.c&phone=%2B15550000001")]
    [InlineData("email=a@b.c&email=b@b.c")]
    [InlineData("phone=anonymous")]
    public async Task A_question_that_names_nothing_or_too_much_is_refused(string query)
    {
        using var client = gateway.CreateClient(GatewaySettings.WriterKey);
        using var response = await client.GetAsync("/v1/people?" + query, Cancel);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("invalid_query", (await response.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("code").GetString());
    }

    private async Task<List<JsonElement>> FindAsync(string query)
    {
        using var client = gateway.CreateClient(GatewaySettings.WriterKey);
        using var response = await client.GetAsync("/v1/people?" + query, Cancel);
        var text = await response.Content.ReadAsStringAsync(Cancel);
        Assert.True(response.StatusCode == HttpStatusCode.OK, text);
        return [.. JsonSerializer.Deserialize<JsonElement>(text).GetProperty("data").EnumerateArray()];
    }

    public sealed class Fixture : GatewayFixture
    {
        public IReadOnlyList<string> Twins { get; private set; } = [];

        protected override Task ConfigureAsync(Dictionary<string, string?> settings)
        {
            Emulator.State.AddUsers(Emulator.Default.Organization, 20_000 - 2);
            Twins = [.. Emulator.State.AddUsers(Emulator.Default.Organization, 2).Select(twin =>
            {
                (twin.Email, twin.PhoneNumber) = ("twin@example.com", "+15559990000");
                return twin.Id;
            })];
            return Task.CompletedTask;
        }
    }
}
