#include "node/healthcheck.h"

#include "crypto/certificate.h"
#include "net/tls.h"
#include "storage/keys/key_file.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/channel_arguments.h>

#include <future>
#include <string>

namespace galen::node {
namespace {

/// The health protocol's answer as bytes: field 1, varint 1 = SERVING.
constexpr std::string_view kServing("\x08\x01", 2);

Result<std::shared_ptr<grpc::Channel>> own_channel(const NodeConfig& config) {
  net::TlsIdentity identity;
  GALEN_TRY(identity.certificate_pem, storage::read_text_file(config.tls_certificate));
  GALEN_TRY(identity.key_pem, storage::read_private_text_file(config.tls_key));
  GALEN_TRY(identity.ca_bundle_pem, storage::read_text_file(config.ca_bundle));
  GALEN_TRY(const auto own, crypto::read_certificate(identity.certificate_pem));
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);  // the way to oneself leads through no proxy
  // The node shows the very certificate this check is made with.
  return grpc::CreateCustomChannel(
      config.listen, net::make_channel_credentials(identity, own.public_key), arguments);
}

std::string text_of(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string text;
  if (!buffer.Dump(&slices).ok()) return text;
  for (const grpc::Slice& slice : slices)
    text.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return text;
}

}  // namespace

Status healthcheck(const NodeConfig& config, std::chrono::milliseconds deadline) {
  GALEN_TRY(const auto channel, own_channel(config));
  grpc::GenericStub stub(channel);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + deadline);
  const grpc::Slice empty(std::string{});
  const grpc::ByteBuffer request(&empty, 1);
  grpc::ByteBuffer response;
  std::promise<grpc::Status> answered;
  stub.UnaryCall(
      &context, "/grpc.health.v1.Health/Check", {}, &request, &response, [&](grpc::Status status) {
        answered.set_value(std::move(status));
      });
  const grpc::Status status = answered.get_future().get();
  if (!status.ok()) {
    return fail(ErrorCode::kUnavailable,
                "no answer from " + config.listen + ": " + status.error_message());
  }
  if (text_of(response) != kServing)
    return fail(ErrorCode::kUnavailable, "the node answers but does not serve yet");
  return {};
}

}  // namespace galen::node
