// Reading the stream of a release, of Payload.Get and Emergency.Get alike. Thread rule: one thread.
#pragma once

#include "client/node_api.h"
#include "galen/v1/galen.pb.h"

#include <grpcpp/support/sync_stream.h>

namespace galen::client {

/// Hands header and chunks to the sinks; `chunks` counts them. kMalformed, or a sink's failure.
inline Status read_messages(grpc::ClientReader<v1::GetPayloadResponse>& reader,
                            const NodeApi::HeaderSink& header,
                            const NodeApi::ChunkSink& chunk,
                            std::uint64_t& chunks) {
  v1::GetPayloadResponse message;
  bool started = false;
  while (reader.Read(&message)) {
    if (message.has_header() == started) {
      return fail(ErrorCode::kMalformed, "the node's stream has no header or two");
    }
    if (!started) {
      ReleasedObject object;
      object.header = to_bytes(message.header().object_header());
      if (message.header().address().size() != PayloadAddress::kSize) {
        return fail(ErrorCode::kMalformed, "address in the node's answer: wrong size");
      }
      object.address = PayloadAddress::from(as_bytes(message.header().address()));
      object.box.enc = to_bytes(message.header().enc());
      object.box.ciphertext = to_bytes(message.header().wrapped_key());
      object.obligations = {message.header().obligations().begin(),
                            message.header().obligations().end()};
      object.emergency_entry = to_bytes(message.header().emergency_entry());
      object.journal_receipt = to_bytes(message.header().journal_receipt());
      object.index_entry = to_bytes(message.header().index_entry());
      object.index_proof = to_bytes(message.header().index_proof());
      GALEN_TRY_STATUS(header(object));
      started = true;
      continue;
    }
    GALEN_TRY_STATUS(chunk(as_bytes(message.chunk())));
    ++chunks;
  }
  return {};
}

/// Reads to the end, or to the first failure. The number of chunks; besides what read_messages
/// says, what the node says.
inline Result<std::uint64_t> read_released(grpc::ClientReader<v1::GetPayloadResponse>& reader,
                                           grpc::ClientContext& context,
                                           const NodeApi::HeaderSink& header,
                                           const NodeApi::ChunkSink& chunk) {
  std::uint64_t chunks = 0;
  const Status read = read_messages(reader, header, chunk, chunks);
  if (!read) context.TryCancel();
  const grpc::Status status = reader.Finish();
  if (!read) return tl::unexpected(read.error());
  if (!status.ok()) return tl::unexpected(to_error(status, context));
  return chunks;
}

}  // namespace galen::client
