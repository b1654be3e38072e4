using Siro.Gateway.Hosting;

namespace Siro.Gateway.HostingTests.Model;

/// <summary>Which Redis is taken where there is no container engine, and what is said where there is none.</summary>
public sealed class LocalRedisTests : IDisposable
{
    private readonly DirectoryInfo _path = Directory.CreateTempSubdirectory("siro-path-");

    [Fact]
    public void A_redis_server_on_the_PATH_comes_before_Garnet()
    {
        Put("garnet-server");
        Assert.Equal("garnet-server", Path.GetFileName(LocalRedisServer.Find(Applications.Create(), _path.FullName)!.Command));
        Put("redis-server");
        Assert.Equal("redis-server", Path.GetFileName(LocalRedisServer.Find(Applications.Create(), _path.FullName)!.Command));
    }

    [Fact]
    public void Without_either_it_is_the_Garnet_that_the_project_names()
    {
        var server = LocalRedisServer.Find(Applications.Create(), _path.FullName)!;

        Assert.Equal("dotnet", server.Command);
        Assert.Equal("GarnetServer.dll", Path.GetFileName(server.Arguments[0]));
        Assert.True(File.Exists(server.Arguments[0]));
    }

    [Fact]
    public void A_project_that_names_none_has_none()
    {
        var builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions { DisableDashboard = true });

        Assert.Null(LocalRedisServer.Find(builder, _path.FullName));
    }

    [Fact]
    public void A_named_server_that_is_not_there_is_told_by_its_setting()
    {
        var builder = Applications.Create();
        builder.Configuration["Siro:Programs:Redis"] = "/nowhere/redis-server";

        var refused = Assert.Throws<DistributedApplicationException>(() => builder.AddLocalRedis("redis"));

        Assert.Contains("Siro:Programs:Redis names /nowhere/redis-server", refused.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _path.Delete(recursive: true);

    private void Put(string program) =>
        File.WriteAllText(Path.Combine(_path.FullName, OperatingSystem.IsWindows() ? program + ".exe" : program), "");
}
