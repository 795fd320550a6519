#include "ledger/own_query.h"

#include "crypto/digest.h"

namespace galen::ledger {

RecordId record_of(OwnQuery query) {
  return id_cast<RecordId>(
      crypto::Hasher("own-query").u16(static_cast<std::uint16_t>(query)).finish());
}

bool asks(const AccessRequest& request, OwnQuery query) {
  return request.action == Action::kDiscover && request.records.size() == 1 &&
         request.records.front() == record_of(query);
}

}  // namespace galen::ledger
