#include "modules/identity/entry.h"

namespace galen::identity {

void put_entry(const execution::OperationContext& context,
               execution::StateOverlay& state,
               const ledger::StateKey& key,
               Bytes value) {
  state.put(key, std::move(value), ledger::leaf_salt(context.body.salt, key.hash()));
}

void read_entry_version(codec::Reader& reader) {
  (void)read_entry_version(reader, kEntryVersion);
}

bool read_entry_version(codec::Reader& reader, std::uint16_t newer) {
  const std::uint16_t version = reader.u16();
  if (!reader.failed() && version != kEntryVersion && version != newer) {
    reader.fail_with("entry version " + std::to_string(version) + " is not supported");
  }
  return version == newer;
}

}  // namespace galen::identity
