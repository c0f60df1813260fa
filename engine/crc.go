package engine

// crc16 is CRC-16/XMODEM: polynomial 0x1021, initial value 0, no reflection, no final xor. Partitions and cluster slots use it
// (spec 01 §2.3).
func crc16[T string | []byte](data T) uint16 {
	var crc uint16
	for i := range len(data) {
		crc = crc<<8 ^ crcTable[byte(crc>>8)^data[i]]
	}
	return crc
}

var crcTable = func() (table [256]uint16) {
	for i := range table {
		crc := uint16(i) << 8
		for range 8 {
			carry := crc&0x8000 != 0
			crc <<= 1
			if carry {
				crc ^= 0x1021
			}
		}
		table[i] = crc
	}
	return table
}()
