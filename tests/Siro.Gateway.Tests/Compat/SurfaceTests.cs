using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using Pipelines.Sockets.Unofficial;
using StackExchange.Redis;

namespace Siro.Gateway.Tests.Compat;

/// <summary>
/// Reads the real StackExchange.Redis and binds each of its references to the stand-in, by the runtime's own rules
/// (name, arity, exact signature, ref returns, struct or class).
/// </summary>
public sealed class SurfaceTests
{
    private static readonly Assembly Redis = typeof(ConnectionMultiplexer).Assembly;
    private static readonly string StandIn = typeof(SocketConnection).Assembly.GetName().Name!;

    [Fact]
    public void Every_type_that_StackExchange_Redis_names_exists_here()
    {
        using var file = Open(out var metadata);
        var found = 0;
        Assert.Multiple([.. metadata.TypeReferences.Where(type => IsOurs(metadata, type)).Select(type => (Action)(() =>
        {
            found++;
            var name = metadata.GetString(metadata.GetTypeReference(type).Name);
            var bound = Bind(name, () => Redis.ManifestModule.ResolveType(MetadataTokens.GetToken(type)));
            Assert.True(IsReachable(bound), $"{bound} is not public.");
        }))]);
        Assert.True(found >= 20, $"Only {found} types were found: has the assembly changed its shape?");
    }

    [Fact]
    public void Every_member_that_StackExchange_Redis_calls_exists_here()
    {
        using var file = Open(out var metadata);
        var found = 0;
        Assert.Multiple([.. metadata.MemberReferences.Where(member => IsOurs(metadata, member)).Select(member => (Action)(() =>
        {
            found++;
            var name = metadata.GetString(metadata.GetMemberReference(member).Name);
            // Some members are named inside generic code: any argument that meets the constraints will do.
            var bound = Bind(name, () => Redis.ManifestModule.ResolveMember(MetadataTokens.GetToken(member), [typeof(object)], [typeof(object)])!);
            Assert.True(bound is not MethodBase { IsPublic: false }, $"{bound.DeclaringType}.{bound} is not public.");
        }))]);
        Assert.True(found >= 70, $"Only {found} members were found: has the assembly changed its shape?");
    }

    [Fact]
    public void The_assembly_has_the_identity_that_StackExchange_Redis_asks_for()
    {
        var asked = Assert.Single(Redis.GetReferencedAssemblies(), reference => reference.Name == StandIn);

        Assert.Equal(asked.Version, typeof(SocketConnection).Assembly.GetName().Version);
    }

    private static PEReader Open(out MetadataReader metadata)
    {
        var file = new PEReader(File.OpenRead(Redis.Location));
        metadata = file.GetMetadataReader();
        return file;
    }

    private static T Bind<T>(string name, Func<T> bind)
    {
        try
        {
            return bind();
        }
        catch (Exception missing) when (missing is TypeLoadException or MissingMemberException or BadImageFormatException)
        {
            throw new Xunit.Sdk.XunitException($"{name}: {missing.Message}", missing);
        }
    }

    private static bool IsReachable(Type type) => type.IsPublic || (type.IsNestedPublic && IsReachable(type.DeclaringType!));

    private static bool IsOurs(MetadataReader metadata, MemberReferenceHandle member)
    {
        var parent = metadata.GetMemberReference(member).Parent;
        return parent.Kind switch
        {
            HandleKind.TypeReference => IsOurs(metadata, (TypeReferenceHandle)parent),
            HandleKind.TypeSpecification => IsOurs(metadata, GenericTypeOf(metadata, (TypeSpecificationHandle)parent)),
            _ => false,
        };
    }

    private static bool IsOurs(MetadataReader metadata, EntityHandle type) => type.Kind switch
    {
        HandleKind.TypeReference => IsOurs(metadata, metadata.GetTypeReference((TypeReferenceHandle)type).ResolutionScope),
        HandleKind.AssemblyReference => metadata.GetString(metadata.GetAssemblyReference((AssemblyReferenceHandle)type).Name) == StandIn,
        _ => false,
    };

    /// <summary>The open type of `Open{Arguments}`; nil for arrays and parameters.</summary>
    private static EntityHandle GenericTypeOf(MetadataReader metadata, TypeSpecificationHandle specification)
    {
        var blob = metadata.GetBlobReader(metadata.GetTypeSpecification(specification).Signature);
        if (blob.ReadSignatureTypeCode() != SignatureTypeCode.GenericTypeInstance)
        {
            return default;
        }

        blob.ReadCompressedInteger(); // class or value type
        return blob.ReadTypeHandle();
    }
}
