using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Links;

public sealed class LinksTests(GatewayFixture gateway) : IClassFixture<GatewayFixture>
{
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

    private string SalesCall => gateway.Emulator.Default.Organization.ConversationTypes[0].TypeId;

    [Fact]
    public async Task A_display_name_becomes_the_conversation_types_uuid()
    {
        var (status, link) = await GetAsync("action=start&title=Smith%20%26%20Sons&conversationType=sales%20CALL");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal($"https://app.siro.ai/record?action=start&title=Smith%20%26%20Sons&conversationType={SalesCall}",
            link.GetProperty("webLink").GetString());
        Assert.Equal("siro://record?title=Smith%20%26%20Sons", link.GetProperty("appLink").GetString());
        Assert.Empty(link.GetProperty("warnings").EnumerateArray());
    }

    [Fact]
    public async Task An_unknown_uuid_is_a_warning_and_a_word_that_names_nothing_an_error()
    {
        var (_, link) = await GetAsync("action=start&conversationType=00000000-0000-0000-0000-000000000002");
        Assert.Equal("unknown_conversation_type", link.GetProperty("warnings")[0].GetProperty("code").GetString());
        var (status, problem) = await GetAsync("action=start&conversationType=nothing");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Equal("conversationType", problem.GetProperty("errors")[0].GetProperty("field").GetString());
    }

    [Theory]
    [InlineData("action=start&colour=red", "colour")]
    [InlineData("action=start&action=stop", "action")]
    [InlineData("action=start&crmObjects=%5Boops", "crmObjects")]
    [InlineData("action=start&crmObjects=%5B%7B%22objectType%22%3A%22Lead%22%2C%22objectId%22%3A%221%22%7D%5D", "integrationConnectionId")]
    public async Task A_broken_rule_is_422_by_parameter(string query, string field)
    {
        var (status, problem) = await GetAsync(query);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Contains(problem.GetProperty("errors").EnumerateArray(), e => e.GetProperty("field").GetString() == field);
    }

    [Fact]
    public async Task Many_links_are_made_at_once_or_none_with_every_error_by_position()
    {
        var many = await PostAsync("""[{"action":"start","title":"a"},{"action":"restart"},{"action":"stop"}]""");
        Assert.Equal(3, many.Body.GetProperty("data").GetArrayLength());
        var broken = await PostAsync("""[{"action":"start"},{"action":"stop","title":"x"},{"action":"start","unknown":1}]""");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, broken.Status);
        Assert.Equal(["[1].title", "[2].unknown"],
            broken.Body.GetProperty("errors").EnumerateArray().Select(e => e.GetProperty("field").GetString()));
    }

    [Fact]
    public async Task Conversation_types_are_listed_with_the_value_that_links_take()
    {
        using var client = gateway.CreateClient(GatewaySettings.WriterKey);
        var types = await client.GetFromJsonAsync<JsonElement>("/v1/conversation-types", Cancel);
        Assert.Contains(types.GetProperty("data").EnumerateArray(), t => t.GetProperty("conversationType").GetString() == SalesCall
            && t.GetProperty("displayName").GetString() == "Sales call");
    }

    [Fact]
    public async Task They_are_read_with_the_acting_users_token_and_kept()
    {
        var before = gateway.Emulator.Journal.Last;
        using var client = gateway.CreateClient(GatewaySettings.WriterKey);
        client.DefaultRequestHeaders.Add("Siro-User", gateway.Users[1]);
        for (var i = 0; i < 3; i++)
        {
            using var response = await client.GetAsync("/v1/links/record?action=start&conversationType=sales%20call", Cancel);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        var read = Assert.Single(gateway.Emulator.Journal.Read(before, path: "/v1/core/conversation-configurations"));
        Assert.Equal(gateway.Users[1], read.UserId);
    }

    [Fact]
    public async Task A_user_who_is_no_member_gets_siros_refusal_explained()
    {
        var outsider = gateway.Emulator.Default.Users[2];
        outsider.IsMember = false;
        using var client = gateway.CreateClient();
        client.DefaultRequestHeaders.Add("Siro-User", outsider.Id);
        using var response = await client.GetAsync("/v1/conversation-types", Cancel);
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Equal("conversation_types_forbidden",
            (await response.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("code").GetString());
    }

    private async Task<(HttpStatusCode Status, JsonElement Body)> GetAsync(string query)
    {
        using var client = gateway.CreateClient(GatewaySettings.WriterKey);
        using var response = await client.GetAsync("/v1/links/record?" + query, Cancel);
        return (response.StatusCode, await response.Content.ReadFromJsonAsync<JsonElement>(Cancel));
    }

    private async Task<(HttpStatusCode Status, JsonElement Body)> PostAsync(string body)
    {
        using var client = gateway.CreateClient(GatewaySettings.WriterKey);
        using var response = await client.PostAsync("/v1/links/record", new StringContent(body, Encoding.UTF8, "application/json"), Cancel);
        return (response.StatusCode, await response.Content.ReadFromJsonAsync<JsonElement>(Cancel));
    }
}
