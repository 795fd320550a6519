#include "ledger/own_query.h"

#include "crypto/digest.h"

namespace galen::ledger {

RecordId record_of(OwnQuery query, BytesView about) {
  crypto::Hasher hasher("own-query");
  hasher.u16(static_cast<std::uint16_t>(query));
  if (!about.empty()) hasher.bytes(about);
  return id_cast<RecordId>(hasher.finish());
}

bool asks(const AccessRequest& request, OwnQuery query, BytesView about) {
  return request.action == Action::kDiscover && request.records.size() == 1 &&
         request.records.front() == record_of(query, about);
}

}  // namespace galen::ledger
