#include "ledger/record_operations.h"

#include "ledger/field_list.h"

namespace galen::ledger {

namespace fields {

template <class C>
void describe(C& c, Of<C, AppendRecord>& v) {
  c(v.record, v.seed, v.patient, v.record_class, v.confidentiality);
  c.codes(v.labels, limits::kMaxLabels, limits::kMaxLabelBytes);
  c(v.labels_key_id, v.service_date, v.created).mime_type(v.mime_type)(v.size);
  c.check(v.size <= limits::kMaxPayloadBytes, "a record size above the limit");
  c(v.payload, v.content_commitment);
  c.sorted(v.authors, limits::kMaxAuthors, "authors");
  c.sorted(v.related, limits::kMaxRelated, "related ids");
  c(v.withhold_from_patient);
}

template <class C>
void describe(C& c, Of<C, ReplaceRecord>& v) {
  c(v.replaces, v.next, v.reason, v.label_reason);
  c.check(v.replaces != v.next.record, "a record that replaces itself");
}

template <class C>
void describe(C& c, Of<C, RetractRecord>& v) {
  c(v.patient, v.record, v.reason);
}

GALEN_OPERATION_CODEC(AppendRecord);
GALEN_OPERATION_CODEC(ReplaceRecord);
GALEN_OPERATION_CODEC(RetractRecord);

}  // namespace fields

}  // namespace galen::ledger
