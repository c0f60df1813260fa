package views

import (
	"cmp"
	"slices"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"ffboard/theme"
)

// Cell is one field of a row. The zero Style is plain.
type Cell struct {
	Text  theme.Text
	Style theme.Style
}

// Column describes one column of a Table. Cell is called for rows on the screen only.
type Column[R any] struct {
	Title theme.Text
	Width int         // cells; with Flex, the least
	Flex  int         // share of the room left over; 0: the column is always Width wide
	Align theme.Align // theme.Right for numbers
	OfID  bool        // it says what ID says, or a part of that
	Drawn bool        // it is a drawing of what other columns say
	Drop  int         // when the table is too narrow the columns with the highest Drop go first; 0 never goes
	Cell  func(r *R) Cell
	Cells func(r *R, width int) []Cell // instead of Cell: several spans, one after the other

	SortKey string            // the shift-letter that sorts by this column; "" for none
	Compare func(a, b *R) int // ascending
	Sorts   string            // what help calls it; "" takes the title
}

// Table is a list of rows with a header, a selection, a filter and sorting. The selection is by id, so new rows do not move it
// under the user's fingers. Fill in Columns, ID and, for the filter, Text; then SetRows whenever there is data.
type Table[R any] struct {
	Columns []Column[R]
	ID      func(r *R) string
	Text    func(r *R) string // what the filter looks at; nil: no filter
	Empty   theme.Text        // shown when there are no rows
	Blurred bool              // another part of the screen has the focus: the selection is marked, without the bar
	Marks   bool              // rows may be marked for an action on several of them

	marks     marks[R]
	forMarked theme.Text // what is done with marked rows, where that is not the actions

	filter          Filter
	rows            []R   // as given
	order           []int // rows that match the filter, in the order shown
	loaded          bool
	sorted          int // column plus one; 0: as given
	downward        bool
	earlier         int // what it was sorted by before: the order among equals
	earlierDownward bool

	selected string // id
	wish     string // id to select when it comes
	at       int    // its place in order
	top      int    // first place on the screen
	width    int
	height   int
}

// SetSize sets the room for header, rows and the filter's line.
func (t *Table[R]) SetSize(width, height int) {
	t.width, t.height = max(width, 0), max(height, 0)
	t.follow()
}

// SetRows replaces the rows and keeps the selection where its row is still there; otherwise the next one takes its place.
func (t *Table[R]) SetRows(rows []R) {
	t.rows, t.loaded = rows, true
	t.refreshMarks()
	t.arrange()
}

// Rows are the rows as given.
func (t *Table[R]) Rows() []R { return t.rows }

// Selected is the selected row; nil when there is none.
func (t *Table[R]) Selected() *R {
	if t.at >= len(t.order) {
		return nil
	}
	return &t.rows[t.order[t.at]]
}

// Select selects the row with this id, now or as soon as it is there.
func (t *Table[R]) Select(id string) {
	t.wish = id
	t.arrange()
}

// Visible are the rows on the screen, top to bottom.
func (t *Table[R]) Visible() []*R {
	end := min(t.top+t.page(), len(t.order))
	var rows []*R
	for _, i := range t.order[min(t.top, end):end] {
		rows = append(rows, &t.rows[i])
	}
	return rows
}

// shownIDs are the ids of the rows on the screen.
func (t *Table[R]) shownIDs() []string {
	var ids []string
	for _, r := range t.Visible() {
		ids = append(ids, t.ID(r))
	}
	return ids
}

// Shown is how many rows match the filter.
func (t *Table[R]) Shown() int { return len(t.order) }

// Capturing tells whether the filter takes the keys.
func (t *Table[R]) Capturing() bool { return t.filter.Capturing() }

// Unwind clears the filter, or else the marks; false when there are none.
func (t *Table[R]) Unwind() bool {
	if !t.filter.Unwind() {
		return t.Unmark()
	}
	t.arrange()
	return true
}

// Bindings are the table's own keys: movement, filter, marks and sorting.
func (t *Table[R]) Bindings() []key.Binding {
	bs := movement()
	if t.Text != nil {
		bs = append(bs, Keys.Filter)
	}
	if t.Marks {
		bs = append(bs, markBindings()...)
	}
	for _, c := range t.Columns {
		if c.SortKey != "" {
			bs = append(bs, c.binding())
		}
	}
	return bs
}

func (c *Column[R]) binding() key.Binding {
	by := c.Sorts
	if by == "" {
		by = string(c.Title)
	}
	return Bind(c.SortKey, "sort by "+by, c.SortKey)
}

// Update answers movement, the filter, marks, sorting, the wheel and clicks. Mouse positions are relative to the table's top left corner.
func (t *Table[R]) Update(msg tea.Msg) (handled bool) {
	if t.Text != nil {
		if handled, changed := t.filter.Update(msg); handled {
			if changed {
				t.arrange()
			}
			t.follow()
			return true
		}
		if t.filter.Capturing() && !movesWhileTyping(msg) {
			return false
		}
	}
	if by, top, bottom, ok := motion(msg, t.page()); ok {
		switch {
		case top:
			t.moveTo(0)
		case bottom:
			t.moveTo(len(t.order) - 1)
		default:
			t.moveTo(t.at + by)
		}
		return true
	}
	return t.clicked(msg) || t.markPressed(msg) || t.sortPressed(msg)
}

// movesWhileTyping tells the movements that cannot be meant as text.
func movesWhileTyping(msg tea.Msg) bool {
	k, ok := msg.(tea.KeyMsg)
	return !ok || k.Type == tea.KeyUp || k.Type == tea.KeyDown || k.Type == tea.KeyPgUp || k.Type == tea.KeyPgDown
}

func (t *Table[R]) clicked(msg tea.Msg) bool {
	m, ok := msg.(tea.MouseMsg)
	if !ok || m.Button != tea.MouseButtonLeft || m.Action != tea.MouseActionPress {
		return false
	}
	place := t.top + m.Y - headerLines
	if m.Y < headerLines || m.Y >= headerLines+t.page() || place >= len(t.order) {
		return false
	}
	t.moveTo(place)
	return true
}

func (t *Table[R]) sortPressed(msg tea.Msg) bool {
	k, ok := msg.(tea.KeyMsg)
	if !ok {
		return false
	}
	for i := range t.Columns {
		if c := &t.Columns[i]; c.SortKey != "" && k.String() == c.SortKey {
			t.SortBy(i, t.sorting(i) && !t.downward)
			return true
		}
	}
	return false
}

// SortBy sorts by a column, and equal rows by the one before it; those that are equal in both stay in the order in which they were
// given.
func (t *Table[R]) SortBy(column int, downward bool) {
	if t.sorted != column+1 {
		t.earlier, t.earlierDownward = t.sorted, t.downward
	}
	if column < 0 {
		t.earlier = 0
	}
	t.sorted, t.downward = column+1, downward
	t.arrange()
}

func (t *Table[R]) sorting(column int) bool { return t.sorted == column+1 }

func (t *Table[R]) moveTo(place int) {
	t.at = max(min(place, len(t.order)-1), 0)
	t.wish = ""
	t.mark()
	t.follow()
}

// arrange makes order and at anew.
func (t *Table[R]) arrange() {
	t.order = t.order[:0]
	for i := range t.rows {
		if t.Text == nil || !t.filter.Active() || t.filter.Match(t.Text(&t.rows[i])) {
			t.order = append(t.order, i)
		}
	}
	if t.sorted > 0 {
		slices.SortStableFunc(t.order, func(a, b int) int {
			return cmp.Or(t.compareBy(t.sorted, t.downward, a, b), t.compareBy(t.earlier, t.earlierDownward, a, b))
		})
	}
	t.find()
	t.follow()
}

// compareBy compares two rows by a column, given as column plus one.
func (t *Table[R]) compareBy(sorted int, downward bool, a, b int) int {
	if sorted == 0 || t.Columns[sorted-1].Compare == nil {
		return 0
	}
	n := t.Columns[sorted-1].Compare(&t.rows[a], &t.rows[b])
	if downward {
		return -n
	}
	return n
}

// find puts at on the selected id; where that is gone, the row that took its place is selected.
func (t *Table[R]) find() {
	if t.wish != "" && t.seek(t.wish) || t.seek(t.selected) {
		return
	}
	t.at = max(min(t.at, len(t.order)-1), 0)
	t.mark()
}

func (t *Table[R]) seek(id string) bool {
	for place, i := range t.order {
		if t.ID(&t.rows[i]) == id {
			t.at = place
			t.mark()
			return true
		}
	}
	return false
}

// mark remembers the id of the row at at.
func (t *Table[R]) mark() {
	if r := t.Selected(); r != nil {
		t.selected = t.ID(r)
		if t.selected == t.wish {
			t.wish = ""
		}
	}
}

// follow scrolls so that the selection is on the screen.
func (t *Table[R]) follow() {
	page := t.page()
	t.top = max(min(t.top, t.at, len(t.order)-page), t.at-page+1, 0)
}

const headerLines = 1

// page is how many rows fit.
func (t *Table[R]) page() int {
	n := t.height - headerLines
	if t.hasFoot() {
		n--
	}
	return max(n, 1)
}
