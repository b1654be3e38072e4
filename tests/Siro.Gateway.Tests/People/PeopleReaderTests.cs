using Siro.Gateway.Common;
using Siro.Gateway.People;
using Siro.Gateway.Tests.SiroApi;

namespace Siro.Gateway.Tests.People;

public sealed class PeopleReaderTests
{
    [Theory]
    [InlineData("[{\"id\":\"u1\"}]")]
    [InlineData("{\"data\":[{\"id\":\"u1\"},7,null],\"cursor\":null}")]
    public async Task Users_are_read_in_every_shape(string body) => Assert.Equal("u1", Assert.Single(await ReadAsync(body)).Id);

    [Theory]
    [InlineData("null")]
    [InlineData("\"soon\"")]
    [InlineData("7")]
    [InlineData("{}")]
    [InlineData("{\"data\":null}")]
    [InlineData("{\"data\":{}}")]
    public async Task Anything_else_is_no_list_of_users(string body)
    {
        var problem = (await Assert.ThrowsAsync<ProblemException>(() => ReadAsync(body))).Problem;
        Assert.Equal((502, "siro_answer_unreadable"), (problem.Status, problem.Code));
    }

    private static Task<List<Person>> ReadAsync(string body) =>
        new PeopleReader(TestHandler.ClientOver(new OneAnswer(_ => body), TimeProvider.System)).ReadAsync(
            new OrganizationKey("acme"), new ClientName("crm"), TestContext.Current.CancellationToken);
}
