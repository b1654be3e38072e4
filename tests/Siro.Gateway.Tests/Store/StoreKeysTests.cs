using Siro.Gateway.Jobs;
using Siro.Gateway.Store;

namespace Siro.Gateway.Tests.Store;

public sealed class StoreKeysTests
{
    [Fact]
    public void All_keys_of_a_queue_share_a_slot_and_queues_do_not()
    {
        Assert.Equal("sg:{job:upload:acme}:", JobKeys.Queue("upload", "acme"));
        Assert.NotEqual(JobKeys.Queue("upload", "acme"), JobKeys.Queue("upload", "other"));
        Assert.Equal("sg:{jobs:upload}:", JobKeys.Registry("upload"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a}b")]
    [InlineData("{")]
    public void A_tag_that_would_move_the_slot_is_refused(string tag) => Assert.Throws<ArgumentException>(() => StoreKeys.Key(tag, "x"));
}
