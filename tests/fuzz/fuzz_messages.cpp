// F1: whatever decodes encodes to the same bytes, for every message between nodes; and what the
// verifier then says of it, it says without dying.
#include "engine/state_wire.h"
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

/// A bucket of the main tree with one leaf, and where it hangs.
engine::StateValue value() {
  return {ledger::KeyKind::kOrganisation, Bytes(32, 1), Digest::from(Bytes(32, 2)), {3, 4}};
}

ledger::LeafContent leaf() {
  ledger::LeafContent leaf;
  leaf.key_hash = ledger::StateKey::main(value().kind, value().id).hash();
  leaf.value_commitment = ledger::value_commitment(value().s, value().value);
  leaf.height = Height{5};
  return leaf;
}

const engine::StatePlace& place() {
  static const engine::StatePlace found = [] {
    engine::StatePlace place;
    place.hash = leaf().hash();
    return place;
  }();
  return found;
}

void bulk(BytesView bytes) {
  const auto message = engine::decode_bulk_message(bytes);
  if (message) CHECK(equal(engine::encode(*message), bytes), "a bulk message has one encoding");
}

/// By which a state is taken over: besides, whatever a source sends can be held against a place.
void state(BytesView bytes) {
  const auto message = engine::decode_state_message(bytes);
  if (!message) return;
  CHECK(equal(engine::encode(*message), bytes), "a message of state sync has one encoding");
  const auto* reply = std::get_if<engine::StateReply>(&*message);
  if (reply == nullptr) return;
  for (const engine::StatePart& part : reply->parts) (void)engine::prove_part(part, place());
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
  const engine::GapReceipt receipt{true, Digest::from(Bytes(32, 4)), {{std::nullopt, true}}};
  const engine::GapBlock block{{1, 2, 3}, certificate, {receipt}};
  for (const engine::StateMessage& message : std::initializer_list<engine::StateMessage>{
           engine::GapRequest{1, Height{5}, 3},
           engine::GapReply{2, {block}, certificate},
           engine::HeadRequest{3},
           engine::HeadReply{4, {}, certificate},
           engine::StateRequest{5, Height{9}, {place(), place()}},
           engine::StateReply{6, {{execution::BucketPart{leaf()}, {value()}}}}})
    add(16, engine::encode(message));
  return all;
}

}  // namespace galen::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const galen::BytesView bytes(data + 1, size - 1);
  if ((data[0] & 16U) != 0) {
    galen::fuzz::state(bytes);
  } else if ((data[0] & 8U) != 0) {
    galen::fuzz::bulk(bytes);
  } else {
    galen::fuzz::consensus(bytes, data[0] % 4);
  }
  return 0;
}
