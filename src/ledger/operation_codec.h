// Codec of the fields of one operation, without type and version; not for other folders. Defined in
// the .cpp of the operation's family. FROZEN (docs/formats.md). Thread rule: functions of their
// arguments.
#pragma once

#include "codec/codec.h"

namespace galen::ledger::fields {

template <class T>
void write_operation(codec::Writer& writer, const T& operation);
template <class T>
void read_operation(codec::Reader& reader, T& operation);

}  // namespace galen::ledger::fields
