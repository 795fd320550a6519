// F1: whatever decodes encodes to the same bytes, for every message between nodes; and what the
// verifier then says of it, it says without dying.
#include "engine/wire.h"
#include "fuzz/samples.h"
#include "fuzz/target.h"

namespace galen::fuzz {

namespace {

void consensus(BytesView bytes, std::uint16_t from) {
  auto message = pbft::decode_message(bytes);
  if (!message) return;
  CHECK(equal(pbft::encode(*message), bytes), "a message has one encoding");
  (void)consortium().verifier().verify(*std::move(message), ValidatorIndex{from});
}

void bulk(BytesView bytes) {
  const auto message = engine::decode_bulk_message(bytes);
  if (message) CHECK(equal(engine::encode(*message), bytes), "a bulk message has one encoding");
}

}  // namespace

std::vector<Bytes> seeds() {
  std::vector<Bytes> all;
  const auto add = [&all](std::uint8_t kind, const Bytes& bytes) {
    all.push_back({kind});
    all.back().insert(all.back().end(), bytes.begin(), bytes.end());
  };
  for (const pbft::Message& message : messages()) add(0, pbft::encode(message));
  const auto certificate = std::get<pbft::CommitProof>(messages()[10]).certificate;
  add(8,
      engine::encode(engine::BulkMessage(engine::TransactionBatch{{Bytes(40, 7), Bytes(3, 1)}})));
  add(8, engine::encode(engine::BulkMessage(engine::RangeRequest{Height{3}, 5})));
  add(8,
      engine::encode(
          engine::BulkMessage(engine::RangeReply{Height{1}, {{Bytes(50, 2), certificate}}})));
  return all;
}

}  // namespace galen::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const galen::BytesView bytes(data + 1, size - 1);
  if ((data[0] & 8U) != 0) {
    galen::fuzz::bulk(bytes);
  } else {
    galen::fuzz::consensus(bytes, data[0] % 4);
  }
  return 0;
}
