using System.Net.Http.Json;
using System.Text.Json;
using Siro.Emulator.Recordings;
using Siro.Emulator.Validation;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Uploads;

/// <summary>Siro's contracts change while uploads run, and are rolled back.</summary>
public sealed class ContractDriftTests(GatewayFixture gateway) : IClassFixture<GatewayFixture>
{
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_size_field_and_the_create_contract_change_under_load_and_are_rolled_back_and_no_upload_fails()
    {
        using var client = gateway.CreateClient();
        var since = gateway.Emulator.Journal.Last;
        foreach (var (size, contract) in new[]
        {
            (SizeFields.FileSize, CreateContracts.FileUrl), (SizeFields.FileSizeInBytes, CreateContracts.DownloadUrl),
            (SizeFields.FileSize, CreateContracts.FileUrl),
            (SizeFields.Both, CreateContracts.V2),
        })
        {
            gateway.Emulator.Options.SizeFields = size;
            gateway.Emulator.Options.Contracts = contract;
            var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(n => UploadAsync(client, n)));
            Assert.All(answers, status => Assert.Equal(201, status));
        }

        gateway.Emulator.Options.SizeFields = SizeFields.FileSize;
        gateway.Emulator.Options.Contracts = CreateContracts.FileUrl;
        Assert.DoesNotContain(gateway.Emulator.Journal.Read(since), e => e.Status >= 500);
    }

    [Theory]
    [InlineData(ContractDrift.MissingField, "MissingField", "'data.expiresAt'")]
    [InlineData(ContractDrift.ChangedStatus, "ChangedStatus", "200")]
    public async Task What_differs_is_told_once_and_no_upload_is_refused_for_it(ContractDrift drift, string kind, string words)
    {
        gateway.Emulator.Options.ContractDrift = drift;
        try
        {
            using var client = gateway.CreateClient();
            for (var n = 0; n < 3; n++)
            {
                Assert.Equal(201, await UploadAsync(client, n));
            }

            var told = await DriftsAsync(client);
            var found = Assert.Single(told, d => d.GetProperty("kind").GetString() == kind
                && d.GetProperty("operation").GetString()!.StartsWith("POST", StringComparison.Ordinal));
            Assert.Contains(words, found.GetProperty("what").GetString(), StringComparison.Ordinal);
            Assert.Equal(3, found.GetProperty("count").GetInt64());
            Assert.Single(
                gateway.Gateway.Log, l => l.Contains("[1510]", StringComparison.Ordinal) && l.Contains(words, StringComparison.Ordinal));
        }
        finally
        {
            gateway.Emulator.Options.ContractDrift = ContractDrift.None;
        }
    }

    [Fact]
    public async Task A_field_that_Siro_demands_all_at_once_is_named_and_the_upload_says_what_Siro_says()
    {
        gateway.Emulator.Options.ContractDrift = ContractDrift.RequiredField;
        try
        {
            using var client = gateway.CreateClient();
            var (response, body) = await client.UploadAsync(Forms.Of(Recordings.Wav(20_000)));
            using (response)
            {
                Assert.False(response.IsSuccessStatusCode);
                Assert.Contains("region", body.ToString(), StringComparison.Ordinal);
            }

            Assert.Contains(await DriftsAsync(client), d => d.GetProperty("kind").GetString() == "RequiredField"
                && d.GetProperty("what").GetString()!.Contains("'region'", StringComparison.Ordinal));
        }
        finally
        {
            gateway.Emulator.Options.ContractDrift = ContractDrift.None;
        }
    }

    private static async Task<int> UploadAsync(HttpClient client, int number)
    {
        var (response, _) = await client.UploadAsync(Forms.Of(Recordings.Wav(20_000, number)));
        using (response)
        {
            return (int)response.StatusCode;
        }
    }

    private static async Task<IReadOnlyList<JsonElement>> DriftsAsync(HttpClient client) =>
        [.. (await client.GetFromJsonAsync<JsonElement>("/health/detail", Cancel)).GetProperty("contractDrift").EnumerateArray()];
}
