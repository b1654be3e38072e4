using Siro.Gateway.Uploads.Receiving;

namespace Siro.Gateway.Tests.Uploads;

public sealed class ConnectionMemoryTests
{
    [Fact]
    public void Blocks_are_large_and_used_again()
    {
        using var pool = new ConnectionMemory().Create();
        var first = pool.Rent(4096);
        var memory = first.Memory;
        var other = pool.Rent();
        Assert.Equal((32 * 1024, 32 * 1024), (memory.Length, other.Memory.Length));
        Assert.False(memory.Equals(other.Memory), "two have one block");

        first.Dispose();

        Assert.True(memory.Equals(pool.Rent(1).Memory), "a free block is not used");
        Assert.Throws<ArgumentOutOfRangeException>(() => pool.Rent(pool.MaxBufferSize + 1));
    }

    [Fact]
    public void The_pool_keeps_sixteen_mebibytes_at_most()
    {
        using var pool = new ConnectionMemory().Create();
        var rented = Enumerable.Range(0, 600).Select(_ => pool.Rent()).ToList();
        var known = rented.Select(o => o.Memory).ToHashSet();
        rented.ForEach(o => o.Dispose());

        var again = Enumerable.Range(0, 600).Select(_ => pool.Rent().Memory).ToList();

        Assert.Equal(512, again.Count(known.Contains));
        Assert.Equal(600, again.Distinct().Count());
    }
}
