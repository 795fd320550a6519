#include "pbft/selection.h"

#include "base/check.h"

namespace galen::pbft {

Selection select(const NewView& new_view) {
  CHECK(!new_view.view_changes.empty(), "a NEW-VIEW holds a quorum of VIEW-CHANGEs");
  const ViewChange* highest = &new_view.view_changes.front();
  for (const ViewChange& v : new_view.view_changes) {
    if (v.height > highest->height) highest = &v;
  }
  Selection selection{highest->height, highest->hash, highest->committed, std::nullopt};
  for (const ViewChange& v : new_view.view_changes) {
    if (v.height != selection.base || !v.prepared) continue;
    if (!selection.forced || v.prepared->subject.view > selection.forced->subject.view)
      selection.forced = v.prepared;
  }
  return selection;
}

}  // namespace galen::pbft
